"""Rows and stored photos agree, and what we promised not to keep for longer goes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.domain.datasets import SNAPSHOT_FOLDER
from tyreloop.domain.photos import PhotoId
from tyreloop.store.db import queries
from tyreloop.store.photos import PhotoRows
from tyreloop.tasks.task import Details, Tools, task

log = structlog.get_logger(__name__)

# A photo and its row may reach their places this far apart: either can wait in an outbox meanwhile.
ON_THEIR_WAY = timedelta(hours=24)


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
    copies = _delete_copies(tools.settings.data_dir / "datasets", known.keys())
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


def _delete_copies(datasets: Path, known: Collection[PhotoId]) -> int:
    """What trainings fetched of photos that were deleted where this machine did not hear of it."""
    copies = datasets.glob(f"{SNAPSHOT_FOLDER}*/photos/*.jpg")
    gone = [copy for copy in copies if PhotoId(copy.stem) not in known]
    for copy in gone:
        copy.unlink(missing_ok=True)
    return len(gone)


@task("retention", schedule="10 4 * * *")
def purge_expired(tools: Tools) -> Details:
    """Let go of photos and keys whose time is over."""
    before = tools.clock() - timedelta(days=tools.settings.photo_retention_days)
    rows = PhotoRows(tools.database)
    photos = rows.to_let_go(before=before)
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
