"""Where the model looked, kept for answers that somebody corrected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg2.extras import Json

from tyreloop.adapters.postgres.database import Database
from tyreloop.adapters.postgres.predictions import is_uuid
from tyreloop.adapters.postgres.statements import queries
from tyreloop.domain.prediction import PredictionId


class PostgresHeats:
    """The heat as the service answered it, by its prediction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, prediction_id: PredictionId, heat: Mapping[str, Any]) -> None:
        self._database.run(
            lambda connection: queries.keep_heat(connection, prediction_id=prediction_id, heat=Json(heat))
        )

    def get(self, prediction_id: PredictionId) -> Mapping[str, Any] | None:
        if not is_uuid(prediction_id):
            return None
        found: Mapping[str, Any] | None = self._database.ask(
            lambda connection: queries.get_heat(connection, prediction_id=prediction_id)
        )
        return found
