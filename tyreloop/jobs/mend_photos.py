"""Makes the rows of photos and the photos in the store agree."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import structlog

from tyreloop.domain.photos import PhotoId
from tyreloop.jobs.job import Details, Tools
from tyreloop.store.photos import PhotoRows

log = structlog.get_logger(__name__)

# A photo and its row may reach their places this far apart: either can wait in an outbox meanwhile.
ON_THEIR_WAY = timedelta(hours=24)


def mend_photos(tools: Tools) -> Details:
    """No row without its photo, no photo without its row."""
    rows, long_ago = PhotoRows(tools.database), tools.clock() - ON_THEIR_WAY
    known = rows.by_id()
    stored = {photo_id: seen.written_at for photo_id, seen in tools.photos.kept()}
    arrived = [photo for photo in stored if photo in known and known[photo].state == "awaited"]
    lost = [photo for photo, row in known.items() if row.state == "kept" and photo not in stored]
    never_came = [
        photo
        for photo, row in known.items()
        if row.state == "awaited" and photo not in stored and row.uploaded_at < long_ago
    ]
    rows.mark(arrived, was="awaited", state="kept")
    rows.mark(lost, was="kept", state="gone")
    rows.mark(never_came, was="awaited", state="gone")
    orphans = _delete_orphans(tools, known.keys(), stored, long_ago)
    if lost:
        log.error("photos_lost", photos=len(lost))
    return {
        "kept": len(stored) - orphans,
        "arrived": len(arrived),
        "lost": len(lost),
        "never_came": len(never_came),
        "orphans_deleted": orphans,
    }


def _delete_orphans(
    tools: Tools, known: Collection[PhotoId], stored: dict[PhotoId, datetime], long_ago: datetime
) -> int:
    orphans = [photo for photo, written_at in stored.items() if photo not in known and written_at < long_ago]
    for photo in orphans:
        tools.photos.delete(photo)
    return len(orphans)
