"""Predictions that wait in the outbox while the database is away."""

from __future__ import annotations

from collections.abc import Sequence

from tyreloop.adapters.outbox.dispatch import Dispatch
from tyreloop.adapters.outbox.letters import letter_of_prediction, prediction_in
from tyreloop.domain.errors import StoreUnavailable
from tyreloop.domain.photos import Prediction, PredictionId, Visitor
from tyreloop.ports import Delivery, Predictions


class OutboxPredictions:
    """The Predictions port: what waits here is read as if it had arrived."""

    def __init__(self, predictions: Predictions, dispatch: Dispatch) -> None:
        self._predictions = predictions
        self._dispatch = dispatch

    def add(self, prediction: Prediction) -> Delivery:
        return self.add_all([prediction])

    def add_all(self, predictions: Sequence[Prediction]) -> Delivery:
        try:
            return self._dispatch.ask(lambda: self._predictions.add_all(predictions))
        except StoreUnavailable:
            return self._dispatch.queue([letter_of_prediction(prediction) for prediction in predictions])

    def get(self, prediction_id: PredictionId) -> Prediction | None:
        try:
            stored = self._dispatch.ask(lambda: self._predictions.get(prediction_id))
        except StoreUnavailable:
            if (waiting := self._waiting(prediction_id)) is None:
                raise
            return waiting
        return stored or self._waiting(prediction_id)

    def of_visitor(self, visitor: Visitor, *, limit: int) -> Sequence[Prediction]:
        waiting = [prediction_in(letter) for letter in self._dispatch.outbox.predictions_of(visitor)]
        try:
            stored = self._dispatch.ask(lambda: self._predictions.of_visitor(visitor, limit=limit))
        except StoreUnavailable:
            if not waiting:
                raise
            stored = []
        known = {prediction.id: prediction for prediction in [*waiting, *stored]}
        return sorted(known.values(), key=lambda known: known.made_at, reverse=True)[:limit]

    def _waiting(self, prediction_id: PredictionId) -> Prediction | None:
        letter = self._dispatch.outbox.prediction(prediction_id)
        return prediction_in(letter) if letter else None
