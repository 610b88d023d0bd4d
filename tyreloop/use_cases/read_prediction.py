"""Look at a prediction again; the visitor it belongs to may, and the staff."""

from __future__ import annotations

from tyreloop.domain.errors import PredictionNotFound
from tyreloop.domain.prediction import Prediction, PredictionId
from tyreloop.domain.staff import Actor, Right
from tyreloop.domain.visitor import Visitor
from tyreloop.ports import Predictions


def read_prediction(prediction_id: PredictionId, *, by: Visitor, predictions: Predictions) -> Prediction:
    """The visitor's own prediction; another's looks the same as none."""
    prediction = predictions.get(prediction_id)
    if prediction is None or prediction.visitor != by:
        raise PredictionNotFound("There is no such prediction of yours.")
    return prediction


def read_as_staff(prediction_id: PredictionId, *, by: Actor, predictions: Predictions) -> Prediction:
    """Anybody's prediction, for those who review."""
    by.require(Right.REVIEW)
    prediction = predictions.get(prediction_id)
    if prediction is None:
        raise PredictionNotFound("There is no such prediction.")
    return prediction
