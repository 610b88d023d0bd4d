"""Corrections in Postgres: the right label that each visitor gave last."""

from __future__ import annotations

from datetime import datetime

from tyreloop.adapters.postgres.database import Database
from tyreloop.adapters.postgres.predictions import is_uuid
from tyreloop.adapters.postgres.statements import queries
from tyreloop.adapters.postgres.writes import Word, keep_word
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
        said = {
            "label": correction.label.value,
            "spot_x": spot.x if spot else None,
            "spot_y": spot.y if spot else None,
        }
        word = Word(correction.prediction_id, correction.visitor, said, {"given_at": correction.given_at})
        return keep_word(self._database, queries.give_correction, word, key=key)

    def withdraw(
        self, prediction_id: PredictionId, visitor: Visitor, *, at: datetime, key: IdempotencyKey
    ) -> Delivery:
        word = Word(prediction_id, visitor, {"label": None, "spot_x": None, "spot_y": None}, {"given_at": at})
        return keep_word(self._database, queries.give_correction, word, key=key)

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
