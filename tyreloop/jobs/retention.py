"""Lets go of what we promised not to keep for longer."""

from __future__ import annotations

from datetime import timedelta

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.jobs.job import Details, Tools
from tyreloop.store.db import queries
from tyreloop.store.photos import PhotoRows


def let_go(tools: Tools) -> Details:
    """Photos that nobody corrected, and keys and records that nobody needs any more."""
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
        "failures": queries.forget_old_failures(connection),
        "runs": queries.forget_old_runs(connection),
    }
