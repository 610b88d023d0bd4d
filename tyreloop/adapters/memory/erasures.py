"""Deletions and write failures, kept in lists."""

from __future__ import annotations

from datetime import datetime

from tyreloop.adapters.memory.feedback import MemoryPredictions
from tyreloop.domain.errors import PredictionNotFound
from tyreloop.domain.photos import PredictionId, Visitor
from tyreloop.ports import Erased


class MemoryErasures:
    """Takes predictions away from the others; votes and corrections on them are not found any more."""

    def __init__(self, predictions: MemoryPredictions) -> None:
        self._predictions = predictions

    def erase(self, prediction_id: PredictionId, visitor: Visitor) -> Erased:
        named = self._predictions.get(prediction_id)
        if named is None or named.visitor != visitor:
            raise PredictionNotFound("There is no such prediction of yours.")
        same_photo = self._predictions.of_photo(named.photo_id)
        own = [prediction.id for prediction in same_photo if prediction.visitor == visitor]
        for gone in own:
            self._predictions.erase(gone)
        return Erased(own, named.photo_id if len(own) == len(same_photo) else None)

    def was_erased(self, prediction_id: PredictionId) -> bool:
        return self._predictions.was_erased(prediction_id)


class MemoryWriteFailures:
    """What was told, in order."""

    def __init__(self) -> None:
        self.told: list[tuple[datetime, str, str, int]] = []

    def add(self, *, failed_at: datetime, stage: str, error: str, writes: int) -> None:
        self.told.append((failed_at, stage, error, writes))
