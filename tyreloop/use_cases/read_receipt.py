"""Look at what became of a correction; only the visitor who gave it may."""

from __future__ import annotations

from tyreloop.domain.errors import PredictionNotFound
from tyreloop.domain.prediction import PredictionId
from tyreloop.domain.receipt import Receipt
from tyreloop.domain.visitor import Visitor
from tyreloop.ports import Receipts


def read_receipt(prediction_id: PredictionId, *, by: Visitor, receipts: Receipts) -> Receipt:
    """The receipt of the visitor's own correction; another's looks the same as none."""
    receipt = receipts.get(prediction_id, by)
    if receipt is None:
        raise PredictionNotFound("There is no correction of yours here.")
    return receipt
