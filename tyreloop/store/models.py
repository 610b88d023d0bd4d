"""Model versions with their cards, and the history of Production."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from psycopg2.extras import Json

from tyreloop.domain.release import Release, ReleaseKind
from tyreloop.store.db import Database, queries


def keep_model_version(database: Database, model_name: str, version: int, card: Mapping[str, Any]) -> None:
    """Remember a version; the same one again changes nothing."""
    row = {"model_name": model_name, "version": version, "card": Json(dict(card))}
    database.ask(lambda connection: queries.keep_model_version(connection, **row))


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
