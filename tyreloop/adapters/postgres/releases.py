"""The history of Production in Postgres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from psycopg2.extras import Json

from tyreloop.adapters.postgres.database import Database
from tyreloop.adapters.postgres.statements import queries
from tyreloop.domain.release import Release, ReleaseKind


class PostgresReleases:
    """Each move of Production, one row."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, release: Release) -> None:
        row = {**asdict(release), "exam": Json(dict(release.exam))}
        self._database.run(lambda connection: queries.add_release(connection, **row))

    def latest(self, *, limit: int) -> Sequence[Release]:
        rows = self._database.run(lambda connection: list(queries.latest_releases(connection, at_most=limit)))
        return [_release_of(row) for row in rows]


def _release_of(row: Mapping[str, Any]) -> Release:
    fields = {name: row[name] for name in row if name != "id"}
    return Release(**{**fields, "kind": ReleaseKind(row["kind"])})
