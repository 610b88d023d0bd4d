"""The audit log in Postgres: the table itself refuses to change or to forget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extras import Json

from tyreloop.adapters.postgres.database import Database
from tyreloop.adapters.postgres.statements import queries
from tyreloop.domain.staff import Act


class PostgresAuditLog:
    """Who did what, one row a line."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, act: Act) -> None:
        self._database.ask(lambda connection: write_act(connection, act))

    def latest(self, *, limit: int) -> Sequence[Act]:
        rows = self._database.ask(lambda connection: list(queries.latest_acts(connection, at_most=limit)))
        return [Act(**row) for row in rows]


def write_act(connection: Connection, act: Act) -> None:
    """A line within somebody's transaction: the deed and its line are kept together, or not at all."""
    queries.add_act(connection, **{**asdict(act), "details": Json(dict(act.details))})
