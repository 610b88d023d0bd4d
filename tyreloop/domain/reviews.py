"""What a reviewer decides about an answer, and which answer is worth their time most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import floor

from tyreloop.domain.damage import DamageKind, Outline, require_damage
from tyreloop.domain.feedback import Label, Spot
from tyreloop.domain.photos import Answer, ModelRef, PhotoId, PredictionId, Visitor

AUDIT_SHARE = 0.02  # of all answers, whatever was said about them; stands in the view open_reviews too
NOVEL_FROM = 0.9  # from here on an answer is looked at though nobody spoke about it; stands in the view too
HELD_FOR = timedelta(minutes=5)  # nobody else gets what a reviewer has before them
SKIPPED_FOR = timedelta(days=1)
SAID_AS: Mapping[Label, Answer] = {
    Label.GOOD: Answer.GOOD,
    Label.DEFECTIVE: Answer.DEFECTIVE,
    Label.NOT_A_TYRE: Answer.UNUSABLE,
    Label.UNUSABLE: Answer.UNUSABLE,
}


class ReviewSource(StrEnum):
    """Why an answer is looked at."""

    CORRECTION = "correction"
    DISLIKE = "dislike"
    NOVEL = "novel"
    AUDIT = "audit"


class Decision(StrEnum):
    """Whether what the visitor said stands; without a word of theirs, the reviewer's stands."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One answer that waits for a reviewer."""

    prediction_id: PredictionId
    photo_id: PhotoId
    visitor: Visitor
    model: ModelRef
    answer: Answer
    probabilities: Mapping[str, float]
    source: ReviewSource
    waiting_since: datetime
    is_disliked: bool = False
    label: Label | None = None  # what the visitor says
    spot: Spot | None = None
    novelty: float | None = None
    kinds: tuple[DamageKind, ...] = ()  # those that the visitor names
    seen_kinds: tuple[DamageKind, ...] = ()  # those that the model names
    outline: Outline = ()  # where it sees the damage

    @property
    def likeliest_kinds(self) -> tuple[DamageKind, ...]:
        """What a reviewer confirms or changes: the visitor's word, else the model's."""
        return self.kinds or self.seen_kinds

    @property
    def value(self) -> int:
        return value_of(self.answer, self.label, is_disliked=self.is_disliked, novelty=self.novelty)


@dataclass(frozen=True, slots=True)
class Review:
    """What was decided."""

    prediction_id: PredictionId
    visitor: Visitor
    label: Label  # the one that stands
    decision: Decision
    reviewer: str
    source: ReviewSource
    reviewed_at: datetime
    kinds: tuple[DamageKind, ...] = ()

    def __post_init__(self) -> None:
        require_damage(self.kinds, is_damaged=self.label is Label.DEFECTIVE)

    @staticmethod
    def of(
        item: ReviewItem, label: Label, *, reviewer: str, at: datetime, kinds: tuple[DamageKind, ...] = ()
    ) -> Review:
        agrees = item.label in (None, label)
        decision = Decision.ACCEPTED if agrees else Decision.REJECTED
        return Review(item.prediction_id, item.visitor, label, decision, reviewer, item.source, at, kinds)


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A photo that looks much the same and was reviewed before."""

    photo_id: PhotoId
    label: Label


@dataclass(frozen=True, slots=True)
class ReviewCounts:
    """How much waits, and what one reviewer has done lately."""

    waiting: int
    done_today: int
    seconds_each: float | None  # median of the last twenty


def is_novel(answer: Answer, novelty: float | None) -> bool:
    """Whether an answer is worth a look for its photo alone."""
    return novelty is not None and novelty >= NOVEL_FROM and answer is not Answer.UNUSABLE


def value_of(answer: Answer, label: Label | None, *, is_disliked: bool, novelty: float | None = None) -> int:
    """What may be a missed defect first, then what is in dispute; `review_value` in SQL says the same."""
    plus = floor(9 * (novelty or 0.0))
    if label is None:
        unspoken = 40 if is_novel(answer, novelty) else 20
        return (50 if is_disliked else unspoken) + (15 if answer is Answer.UNSURE else 0) + plus
    plus += 5 if is_disliked else 0
    if label is Label.DEFECTIVE and answer is Answer.GOOD:
        return 100 + plus
    if answer is Answer.UNSURE:
        return 70 + plus
    return (30 if SAID_AS.get(label) is answer else 80) + plus
