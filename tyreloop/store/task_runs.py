"""The record of jobs: one run of each at a time, one row for each run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extras import Json, RealDictCursor

from tyreloop.domain.errors import StoreUnavailable
from tyreloop.store.db import queries


class Turn:
    """One run of a job: it begins with a row, and ends with what became of it."""

    def __init__(self, connection: Connection, job: str) -> None:
        self._connection = connection
        queries.mark_lost_runs(connection, job=job)
        self._id = queries.start_job_run(connection, job=job)

    def finish(self, outcome: str, details: Mapping[str, Any]) -> None:
        """`done` or `failed`, with figures."""
        queries.finish_job_run(self._connection, id=self._id, outcome=outcome, details=Json(dict(details)))


class JobRuns:
    """Hands out turns, on a connection of its own for as long as each lasts."""

    def __init__(self, dsn: Mapping[str, Any], *, role: str = "") -> None:
        self._dsn = dict(dsn)
        self._options = f"-c role={role}" if role else ""

    @contextmanager
    def turn(self, job: str) -> Iterator[Turn | None]:
        """A turn, or none while another process has it."""
        with closing(self._connect()) as connection:
            if not queries.take_turn_of_job(connection, job=job):
                yield None
                return
            try:
                yield Turn(connection, job)
            finally:
                with suppress(psycopg2.Error):  # a broken connection has no locks
                    queries.give_turn_back(connection)

    def last_done(self, job: str) -> datetime | None:
        """When the job last succeeded."""
        with closing(self._connect()) as connection:
            found: datetime | None = queries.last_job_done(connection, job=job)
            return found

    def _connect(self) -> Connection:
        try:
            connection: Connection = psycopg2.connect(
                **{"connect_timeout": 5, **self._dsn},
                application_name="tyreloop jobs",
                options=self._options,
                cursor_factory=RealDictCursor,
                keepalives_idle=30,
            )
        except psycopg2.OperationalError as error:
            raise StoreUnavailable("The database does not answer now, so no job can run.") from error
        connection.autocommit = True
        return connection
