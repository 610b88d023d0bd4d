"""Say what a photo really shows, or take that back."""

from __future__ import annotations

from tyreloop.domain.correction import Correction, Label, Spot
from tyreloop.domain.prediction import PredictionId
from tyreloop.domain.visitor import Visitor
from tyreloop.ports import Delivery, Feedback, IdempotencyKey


def correct_prediction(
    prediction_id: PredictionId,
    *,
    label: Label,
    by: Visitor,
    key: IdempotencyKey,
    using: Feedback,
    spot: Spot | None = None,
) -> Delivery:
    """Keep the right label that a visitor gives for a prediction of theirs."""
    correction = Correction(prediction_id, by, label, using.clock(), spot)
    return using.corrections.give(correction, key=key)


def withdraw_correction(
    prediction_id: PredictionId, *, by: Visitor, key: IdempotencyKey, using: Feedback
) -> Delivery:
    """Take a correction back; without one, nothing happens."""
    return using.corrections.withdraw(prediction_id, by, at=using.clock(), key=key)
