"""Deletions in Postgres: a photo with all that hangs from it, in one transaction."""

from __future__ import annotations

from tyreloop.adapters.postgres.database import Database
from tyreloop.adapters.postgres.predictions import id_of, is_uuid
from tyreloop.adapters.postgres.statements import queries
from tyreloop.domain.errors import PredictionNotFound
from tyreloop.domain.photo import PhotoId
from tyreloop.domain.prediction import PredictionId
from tyreloop.domain.visitor import Visitor
from tyreloop.ports import Erased


class PostgresErasures:
    """What visitors deleted; only a hash of each prediction's id stays."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def erase(self, prediction_id: PredictionId, visitor: Visitor) -> Erased:
        rows = self._erase(prediction_id, visitor) if is_uuid(prediction_id) else []
        if not rows:
            raise PredictionNotFound("There is no such prediction of yours.")
        orphan = PhotoId(rows[0]["photo_id"]) if rows[0]["is_last"] else None
        return Erased([id_of(row["prediction_id"]) for row in rows], orphan)

    def was_erased(self, prediction_id: PredictionId) -> bool:
        if not is_uuid(prediction_id):
            return False
        return bool(self._database.ask(lambda connection: queries.was_erased(connection, id=prediction_id)))

    def _erase(self, prediction_id: PredictionId, visitor: Visitor) -> list[dict[str, str]]:
        return self._database.run(
            lambda connection: list(queries.erase_photo(connection, id=prediction_id, visitor=visitor))
        )
