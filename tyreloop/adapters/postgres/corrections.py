"""Corrections in Postgres: the right label that each visitor gave last."""

from __future__ import annotations

from datetime import datetime

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.adapters.postgres.database import Database
from tyreloop.adapters.postgres.statements import queries
from tyreloop.adapters.postgres.writes import is_first_time, require_own_prediction
from tyreloop.domain.correction import Correction, Label, Spot
from tyreloop.domain.prediction import PredictionId
from tyreloop.domain.visitor import Visitor
from tyreloop.ports import Delivery, IdempotencyKey


class PostgresCorrections:
    """One right label per visitor and prediction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def give(self, correction: Correction, *, key: IdempotencyKey) -> Delivery:
        self._database.run(lambda connection: _give(connection, correction, key))
        return Delivery.STORED

    def withdraw(
        self, prediction_id: PredictionId, visitor: Visitor, *, at: datetime, key: IdempotencyKey
    ) -> Delivery:
        self._database.run(lambda connection: _withdraw(connection, prediction_id, visitor, at, key))
        return Delivery.STORED

    def get(self, prediction_id: PredictionId, visitor: Visitor) -> Correction | None:
        row = self._database.run(
            lambda connection: queries.get_correction(
                connection, prediction_id=prediction_id, visitor=visitor
            )
        )
        if row is None:
            return None
        spot = Spot(row["spot_x"], row["spot_y"]) if row["spot_x"] is not None else None
        return Correction(prediction_id, visitor, Label(row["label"]), row["given_at"], spot)


def _give(connection: Connection, correction: Correction, key: IdempotencyKey) -> None:
    require_own_prediction(connection, correction.prediction_id, correction.visitor)
    spot = correction.spot
    said = {
        "prediction_id": correction.prediction_id,
        "visitor": correction.visitor,
        "label": correction.label,
        "spot_x": spot.x if spot else None,
        "spot_y": spot.y if spot else None,
    }
    if is_first_time(connection, correction.visitor, key, {"give_correction": said}):
        queries.give_correction(connection, given_at=correction.given_at, **said)


def _withdraw(
    connection: Connection, prediction_id: PredictionId, visitor: Visitor, at: datetime, key: IdempotencyKey
) -> None:
    require_own_prediction(connection, prediction_id, visitor)
    if is_first_time(connection, visitor, key, {"withdraw_correction": prediction_id}):
        queries.withdraw_correction(connection, prediction_id=prediction_id, visitor=visitor, at=at)
