"""The rows of photos, for the jobs that compare them with the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tyreloop.adapters.postgres.database import Database
from tyreloop.adapters.postgres.statements import queries
from tyreloop.domain.photo import PhotoId


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """A photo that is in the store, or on its way there."""

    state: str
    uploaded_at: datetime


class PhotoRows:
    """Which photos are awaited, which are kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def by_id(self) -> dict[PhotoId, PhotoRow]:
        """Every photo that is or should be in the store."""
        rows = self._database.ask(lambda connection: list(queries.photos_and_their_states(connection)))
        return {PhotoId(row["id"]): PhotoRow(row["state"], row["uploaded_at"]) for row in rows}

    def to_let_go(self, *, before: datetime) -> list[PhotoId]:
        """Photos that came before a moment and that nobody corrected, and those nobody let us keep."""
        rows = self._database.ask(
            lambda connection: list(queries.photos_to_let_go(connection, before=before))
        )
        return [PhotoId(row["id"]) for row in rows]

    def mark(self, photos: Sequence[PhotoId], *, was: str, state: str) -> None:
        """Write down where photos are now, unless that has changed meanwhile."""
        if photos:
            self._database.ask(
                lambda connection: queries.mark_photos(connection, ids=list(photos), was=was, state=state)
            )
