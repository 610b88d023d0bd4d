"""Receipts in Postgres: read from what the loop writes anyway, so that they cannot be out of date."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tyreloop.adapters.postgres.database import Database
from tyreloop.adapters.postgres.predictions import is_uuid
from tyreloop.adapters.postgres.statements import queries
from tyreloop.domain.correction import Correction, Label, Spot
from tyreloop.domain.prediction import PredictionId
from tyreloop.domain.receipt import Placement, Receipt, ReceivedReview
from tyreloop.domain.visitor import Visitor

Row = Mapping[str, Any]


class PostgresReceipts:
    """The Receipts port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, prediction_id: PredictionId, visitor: Visitor) -> Receipt | None:
        if not is_uuid(prediction_id):
            return None
        row = self._database.ask(
            lambda connection: queries.get_receipt(connection, prediction_id=prediction_id, visitor=visitor)
        )
        if row is None:
            return None
        spot = Spot(row["spot_x"], row["spot_y"]) if row["spot_x"] is not None else None
        correction = Correction(prediction_id, visitor, Label(row["label"]), row["given_at"], spot)
        return Receipt(correction, _review(row), _placement(row), row["learned_by"], row["learned_in_run"])


def _review(row: Row) -> ReceivedReview | None:
    if row["decision"] is None:
        return None
    label = Label(row["label_that_stands"])
    return ReceivedReview(row["decision"] == "accepted", label, row["reviewed_at"], row["review_id"])


def _placement(row: Row) -> Placement | None:
    if row["snapshot"] is None:
        return None
    return Placement(row["snapshot"], row["part"] == "lesson", row["frozen_at"])
