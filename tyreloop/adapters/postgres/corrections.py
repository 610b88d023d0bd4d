"""Corrections in Postgres: the right label that each visitor gave last."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tyreloop.adapters.postgres.database import Database
from tyreloop.adapters.postgres.predictions import is_uuid
from tyreloop.adapters.postgres.statements import queries
from tyreloop.adapters.postgres.writes import say
from tyreloop.domain.correction import Correction, Label, Spot
from tyreloop.domain.prediction import PredictionId
from tyreloop.domain.visitor import Visitor
from tyreloop.ports import Delivery, IdempotencyKey


class PostgresCorrections:
    """One right label per visitor and prediction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def give(self, correction: Correction, *, key: IdempotencyKey) -> Delivery:
        spot = correction.spot
        word = {
            "label": correction.label.value,
            "spot_x": spot.x if spot else None,
            "spot_y": spot.y if spot else None,
        }
        return self._say(correction.prediction_id, correction.visitor, correction.given_at, key, word)

    def withdraw(
        self, prediction_id: PredictionId, visitor: Visitor, *, at: datetime, key: IdempotencyKey
    ) -> Delivery:
        return self._say(prediction_id, visitor, at, key, {"label": None, "spot_x": None, "spot_y": None})

    def get(self, prediction_id: PredictionId, visitor: Visitor) -> Correction | None:
        if not is_uuid(prediction_id):
            return None
        row = self._database.ask(
            lambda connection: queries.get_correction(
                connection, prediction_id=prediction_id, visitor=visitor
            )
        )
        if row is None:
            return None
        spot = Spot(row["spot_x"], row["spot_y"]) if row["spot_x"] is not None else None
        return Correction(prediction_id, visitor, Label(row["label"]), row["given_at"], spot)

    def _say(
        self,
        prediction_id: PredictionId,
        visitor: Visitor,
        at: datetime,
        key: IdempotencyKey,
        word: dict[str, Any],
    ) -> Delivery:
        who = {"prediction_id": prediction_id, "visitor": visitor, "key": key}
        self._database.ask(
            lambda connection: say(connection, queries.give_correction, when={"given_at": at}, **who, **word)
        )
        return Delivery.STORED
