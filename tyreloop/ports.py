"""Protocols of what has two real implementations, or must be staged in tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from tyreloop.domain.feedback import Correction, Delivery, IdempotencyKey, Vote
from tyreloop.domain.photos import (
    Erased,
    ModelRef,
    PhotoId,
    Prediction,
    PredictionId,
    UploadedPhoto,
    Verdict,
    Visitor,
)

Clock = Callable[[], datetime]
Said = TypeVar("Said", Vote, Correction)


class Classifier(Protocol):
    """Judges photos with the model that is in Production."""

    def judge(self, photo: UploadedPhoto) -> tuple[ModelRef, Verdict]: ...


class PredictionLog(Protocol):
    """Keeps predictions and their photos."""

    def record(self, prediction: Prediction, photo: UploadedPhoto) -> Prediction | None:
        """The prediction as it is kept by now, with its photo or without; none if it could not be kept."""
        ...

    def flush(self, prediction_id: PredictionId) -> None:
        """Keep a prediction now if it is still on its way: somebody speaks about it."""
        ...


class Predictions(Protocol):
    """Every prediction ever made."""

    def add(self, prediction: Prediction) -> Delivery:
        """Keep a prediction; the same one again changes nothing."""
        ...

    def add_all(self, predictions: Sequence[Prediction]) -> Delivery:
        """Keep several in one go: all of them, or none."""
        ...

    def get(self, prediction_id: PredictionId) -> Prediction | None: ...

    def of_visitor(self, visitor: Visitor, *, limit: int) -> Sequence[Prediction]:
        """A visitor's predictions, the latest first."""
        ...


class Feedback(Protocol[Said]):
    """One vote (or one right label) of a visitor on a prediction: the one said last stands, in any order."""

    def save(self, said: Said, *, key: IdempotencyKey) -> Delivery: ...

    def withdraw(
        self, prediction_id: PredictionId, visitor: Visitor, *, at: datetime, key: IdempotencyKey
    ) -> Delivery: ...

    def get(self, prediction_id: PredictionId, visitor: Visitor) -> Said | None: ...


class Erasures(Protocol):
    """What visitors deleted, and that it stays away."""

    def erase(self, prediction_id: PredictionId, visitor: Visitor) -> Erased:
        """Delete the photo of a visitor's prediction with everything of theirs that hangs from it."""
        ...

    def was_erased(self, prediction_id: PredictionId) -> bool: ...

    def left_behind(self, predictions: Sequence[Prediction]) -> Sequence[PhotoId]:
        """Photos of deleted ones among these that nobody else shows."""
        ...


@dataclass(frozen=True, slots=True)
class Inspection:
    """What it takes to answer a photo."""

    classifier: Classifier
    clock: Clock
