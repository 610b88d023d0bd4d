"""Builds what it takes to keep what people say, for a process that serves them."""

from __future__ import annotations

from datetime import UTC, datetime

from tyreloop.adapters.postgres import Database, PostgresCorrections, PostgresPredictions, PostgresVotes
from tyreloop.ports import Feedback
from tyreloop.settings import Settings


def build_feedback(settings: Settings, *, process: str) -> Feedback:
    """Feedback kept in Postgres; `process` names the outbox of this process: `api`, `ui`."""
    database = Database(settings.postgres_dsn)
    return Feedback(
        predictions=PostgresPredictions(database),
        votes=PostgresVotes(database),
        corrections=PostgresCorrections(database),
        clock=lambda: datetime.now(UTC),
    )
