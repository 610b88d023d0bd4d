"""Photos: what came in, who showed it, and what a model said about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import NewType
from uuid import uuid4

from tyreloop.domain.damage import DamageKind, Outline, SeenKind, Urgency, urgency_of

Visitor = NewType("Visitor", str)


def new_visitor() -> Visitor:
    """A visitor nobody has seen before."""
    return Visitor(uuid4().hex)


PhotoId = NewType("PhotoId", str)


@dataclass(frozen=True, slots=True)
class UploadedPhoto:
    """The bytes as they came in, before anything was looked at."""

    data: bytes

    @property
    def id(self) -> PhotoId:
        return PhotoId(sha256(self.data).hexdigest())


PredictionId = NewType("PredictionId", str)


class Answer(StrEnum):
    """What the product says about a photo."""

    GOOD = "good"
    DEFECTIVE = "defective"
    UNSURE = "unsure"
    UNUSABLE = "unusable"


class UnusableReason(StrEnum):
    """Why a photo could not be judged; each has a tip for the retake."""

    NOT_A_TYRE = "not_a_tyre"
    TOO_DARK = "too_dark"
    TOO_BLURRED = "too_blurred"
    TOO_SMALL = "too_small"


class UnsureReason(StrEnum):
    """Why the model does not commit itself, where it is not the probability alone."""

    UNFAMILIAR = "unfamiliar"  # far from everything that it has learned from


class View(StrEnum):
    """From where a photo was taken."""

    CLOSE_UP = "close_up"
    TREAD = "tread"
    SIDEWALL = "sidewall"
    WHOLE = "whole"


class Source(StrEnum):
    """Through which door a photo came in."""

    UI = "ui"
    API = "api"
    BATCH = "batch"


@dataclass(frozen=True, slots=True)
class ModelRef:
    """A version of the registered model, by name and number."""

    name: str
    version: int
    demo: bool = field(
        default=False, compare=False
    )  # made for demonstration: its card says what it learned from


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a model says about one photo, before anybody is told."""

    answer: Answer
    probabilities: Mapping[str, float]
    reason: UnusableReason | UnsureReason | None = None
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    # How little the photo looks like the tyres the model knows, 0 to 1; at 1 it counts as none.
    novelty: float | None = None
    # Of a damage only: what the model says about the kinds that it may speak of, and where it sees them.
    kinds: tuple[SeenKind, ...] = ()
    outline: Outline = ()
    view: View | None = None

    def __post_init__(self) -> None:
        if (self.answer is Answer.UNUSABLE) != isinstance(self.reason, UnusableReason):
            raise ValueError("an unusable photo has a reason, and no other answer has one of these")
        if isinstance(self.reason, UnsureReason) and self.answer is not Answer.UNSURE:
            raise ValueError("only an unsure answer has a reason to be unsure")

    @property
    def likeliest_class(self) -> str:
        """The class the model leans to, whatever the answer says."""
        return max(self.probabilities, key=lambda name: self.probabilities[name])

    @property
    def named_kinds(self) -> tuple[DamageKind, ...]:
        """The kinds that the model is sure of, as the product lists them."""
        return tuple(seen.kind for seen in self.kinds if seen.is_sure)

    @property
    def urgency(self) -> Urgency | None:
        """Of a damage: what to do about it."""
        if self.answer is not Answer.DEFECTIVE:
            return None
        return urgency_of(self.named_kinds, self.probabilities.get(Answer.DEFECTIVE.value, 0.0))


@dataclass(frozen=True, slots=True)
class Prediction:
    """A verdict with its photo, its model, its visitor and its moment."""

    id: PredictionId
    photo_id: PhotoId
    photo_bytes: int
    visitor: Visitor
    model: ModelRef
    verdict: Verdict
    source: Source
    made_at: datetime
    request_id: str
    is_demo: bool = False  # made up for demonstration; never counted with real ones
    keep_photo: bool = True  # whether the visitor lets us keep the photo to improve the model

    @property
    def answer(self) -> Answer:
        return self.verdict.answer


def new_prediction_id() -> PredictionId:
    return PredictionId(uuid4().hex)


@dataclass(frozen=True, slots=True)
class Erased:
    """What a deletion took away; the photo is named when nobody else showed the same one."""

    predictions: Sequence[PredictionId]
    orphan: PhotoId | None
