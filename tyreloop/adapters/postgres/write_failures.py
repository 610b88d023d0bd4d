"""Write failures in Postgres, told afterwards by those who had to wait."""

from __future__ import annotations

from datetime import datetime

from tyreloop.adapters.postgres.database import Database
from tyreloop.adapters.postgres.statements import queries


class PostgresWriteFailures:
    """Writes that did not reach the database at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, *, failed_at: datetime, stage: str, error: str, writes: int) -> None:
        self._database.ask(
            lambda connection: queries.add_write_failure(
                connection, failed_at=failed_at, stage=stage, error=error, writes=writes
            )
        )
