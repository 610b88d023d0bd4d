"""Rows and stored photos agree, and what we promised not to keep for longer goes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import structlog
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.domain.photos import PhotoId
from tyreloop.learning.datasets.forgetting import forget_copies
from tyreloop.store.db import queries
from tyreloop.store.photos import PhotoRows
from tyreloop.tasks.task import Details, Tools, task

log = structlog.get_logger(__name__)

# A photo and its row may reach their places this far apart: either can wait in an outbox meanwhile.
ON_THEIR_WAY = timedelta(hours=24)
UNUSABLE_KEPT = timedelta(hours=24)  # long enough to say that it is a tyre after all


@task("mend-photos", schedule="40 3 * * *")
def reconcile_photos(tools: Tools) -> Details:
    """Make rows and stored photos agree, both ways."""
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
    copies = forget_copies(tools.settings.data_dir / "datasets", lambda photo: photo not in known)
    if lost:
        log.error("photos_lost", photos=len(lost))
    return {
        "kept": len(stored) - orphans,
        "arrived": len(arrived),
        "lost": len(lost),
        "never_came": len(never_came),
        "orphans_deleted": orphans,
        "copies_deleted": copies,
    }


def _delete_orphans(
    tools: Tools, known: Collection[PhotoId], stored: dict[PhotoId, datetime], long_ago: datetime
) -> int:
    orphans = [photo for photo, written_at in stored.items() if photo not in known and written_at < long_ago]
    for photo in orphans:
        tools.photos.delete(photo)
    return len(orphans)


@task("retention", schedule="10 4 * * *")
def purge_expired(tools: Tools) -> Details:
    """Let go of photos and keys whose time is over."""
    now = tools.clock()
    before = now - timedelta(days=tools.settings.photo_retention_days)
    rows = PhotoRows(tools.database)
    photos = rows.to_let_go(before=before, unusable_before=now - UNUSABLE_KEPT)
    for was in ("kept", "awaited"):
        rows.mark(photos, was=was, state="gone")
    for photo in photos:
        tools.photos.delete(photo)
    return {"photos": len(photos), **tools.database.ask(_forget_old)}


def _forget_old(connection: Connection) -> dict[str, int]:
    return {
        "keys": queries.forget_old_keys(connection),
        "erasures": queries.forget_old_erasures(connection),
        "reports": queries.forget_old_reports(connection),
        "failures": queries.forget_old_failures(connection),
        "runs": queries.forget_old_runs(connection),
    }
