"""Predictions, votes and corrections, kept in dictionaries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Generic, TypeVar

from tyreloop.domain.errors import KeyReused, PredictionNotFound
from tyreloop.domain.feedback import Correction, Vote
from tyreloop.domain.photos import PhotoId, Prediction, PredictionId, Visitor
from tyreloop.ports import Delivery, IdempotencyKey

Place = tuple[PredictionId, Visitor]
Word = TypeVar("Word", Vote, Correction)


class MemoryPredictions:
    """Predictions by their id."""

    def __init__(self) -> None:
        self._by_id: dict[PredictionId, Prediction] = {}
        self._erased: set[PredictionId] = set()

    def add(self, prediction: Prediction) -> Delivery:
        return self.add_all([prediction])

    def add_all(self, predictions: Sequence[Prediction]) -> Delivery:
        for prediction in predictions:
            if prediction.id not in self._erased:
                self._by_id.setdefault(prediction.id, prediction)
        return Delivery.STORED

    def get(self, prediction_id: PredictionId) -> Prediction | None:
        return self._by_id.get(prediction_id)

    def of_visitor(self, visitor: Visitor, *, limit: int) -> Sequence[Prediction]:
        own = [prediction for prediction in self._by_id.values() if prediction.visitor == visitor]
        return sorted(own, key=lambda prediction: prediction.made_at, reverse=True)[:limit]

    def of_photo(self, photo_id: PhotoId) -> Sequence[Prediction]:
        """Everybody's predictions of one photo."""
        return [prediction for prediction in self._by_id.values() if prediction.photo_id == photo_id]

    def all(self) -> Sequence[Prediction]:
        """Everybody's predictions."""
        return list(self._by_id.values())

    def erase(self, prediction_id: PredictionId) -> None:
        """Take a prediction away, for good."""
        del self._by_id[prediction_id]
        self._erased.add(prediction_id)

    def was_erased(self, prediction_id: PredictionId) -> bool:
        return prediction_id in self._erased


class _LatestWord(Generic[Word]):
    """What each visitor said last about each prediction, with the keys that were used."""

    def __init__(self, predictions: MemoryPredictions) -> None:
        self._predictions = predictions
        self._words: dict[Place, tuple[datetime, Word | None]] = {}
        self._keys: dict[tuple[Visitor, IdempotencyKey], object] = {}

    def get(self, prediction_id: PredictionId, visitor: Visitor) -> Word | None:
        if self._predictions.get(prediction_id) is None:
            return None
        return self._words.get((prediction_id, visitor), (None, None))[1]

    def _say(self, place: Place, at: datetime, word: Word | None, key: IdempotencyKey) -> Delivery:
        prediction_id, visitor = place
        prediction = self._predictions.get(prediction_id)
        if prediction is None or prediction.visitor != visitor:
            raise PredictionNotFound("There is no such prediction of yours.")
        body = (prediction_id, _without_time(word))
        if (visitor, key) in self._keys:
            return self._same_again((visitor, key), body)
        self._keys[visitor, key] = body
        if place not in self._words or self._words[place][0] <= at:
            self._words[place] = (at, word)
        return Delivery.STORED

    def _same_again(self, key: tuple[Visitor, IdempotencyKey], body: object) -> Delivery:
        if self._keys[key] != body:
            raise KeyReused("This idempotency key was used for something else.")
        return Delivery.STORED


def _without_time(word: Vote | Correction | None) -> object:
    if isinstance(word, Vote):
        return (word.liked, word.reasons, word.comment)
    return (word.label, word.spot) if word else None


class MemoryVotes(_LatestWord[Vote]):
    """The vote of each visitor on each prediction."""

    def cast(self, vote: Vote, *, key: IdempotencyKey) -> Delivery:
        return self._say((vote.prediction_id, vote.visitor), vote.cast_at, vote, key)

    def retract(
        self, prediction_id: PredictionId, visitor: Visitor, *, at: datetime, key: IdempotencyKey
    ) -> Delivery:
        return self._say((prediction_id, visitor), at, None, key)


class MemoryCorrections(_LatestWord[Correction]):
    """The right label that each visitor gave for each prediction."""

    def give(self, correction: Correction, *, key: IdempotencyKey) -> Delivery:
        place = (correction.prediction_id, correction.visitor)
        return self._say(place, correction.given_at, correction, key)

    def withdraw(
        self, prediction_id: PredictionId, visitor: Visitor, *, at: datetime, key: IdempotencyKey
    ) -> Delivery:
        return self._say((prediction_id, visitor), at, None, key)
