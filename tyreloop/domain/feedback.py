"""What visitors say about an answer: votes, corrections, and the receipt of what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from tyreloop.domain.damage import DamageKind, require_damage
from tyreloop.domain.interval import difference_interval, wilson_interval
from tyreloop.domain.photos import PredictionId, Visitor

IdempotencyKey = NewType("IdempotencyKey", str)
MAX_COMMENT_CHARACTERS = 1000


class Delivery(StrEnum):
    """Where something that people said is safe now."""

    STORED = "stored"  # in the database
    QUEUED = "queued"  # on this machine's disk, to be sent when the database answers again


class VoteReason(StrEnum):
    """The chips beside a vote: right or wrong is the correction's matter, not theirs."""

    TOO_SLOW = "too_slow"
    UNCLEAR_ANSWER = "unclear_answer"
    WRONG_PLACE = "wrong_place"
    NOT_HELPFUL = "not_helpful"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Vote:
    """One visitor's like or dislike of one prediction."""

    prediction_id: PredictionId
    visitor: Visitor
    liked: bool
    cast_at: datetime
    reasons: frozenset[VoteReason] = frozenset()
    comment: str = ""

    def __post_init__(self) -> None:
        if len(self.comment) > MAX_COMMENT_CHARACTERS:
            raise ValueError(f"a comment has at most {MAX_COMMENT_CHARACTERS} characters")


class Label(StrEnum):
    """What a person says the photo shows."""

    GOOD = "good"
    DEFECTIVE = "defective"
    NOT_A_TYRE = "not_a_tyre"
    UNUSABLE = "unusable"  # too dark, blurred or far away: no answer about the tyre is right but this
    UNKNOWN = "unknown"  # nobody can tell, and so nothing is learned, asked or counted


ASKED_OF_VISITORS = (Label.GOOD, Label.DEFECTIVE, Label.NOT_A_TYRE, Label.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where on the photo the defect is, as shares of its width and height."""

    x: float
    y: float

    def __post_init__(self) -> None:
        if not (0 <= self.x <= 1 and 0 <= self.y <= 1):
            raise ValueError("a spot lies on the photo")


@dataclass(frozen=True, slots=True)
class Correction:
    """The right label for a photo, as one visitor sees it."""

    prediction_id: PredictionId
    visitor: Visitor
    label: Label
    given_at: datetime
    spot: Spot | None = None
    kinds: tuple[DamageKind, ...] = ()  # of the damage, as far as the visitor names any

    def __post_init__(self) -> None:
        require_damage(self.kinds, is_damaged=self.label is Label.DEFECTIVE)


@dataclass(frozen=True, slots=True)
class ReceivedReview:
    """What a reviewer decided, without the reviewer."""

    agreed: bool
    label: Label  # the one that stands
    reviewed_at: datetime
    id: int = field(default=0, compare=False)
    kinds: tuple[DamageKind, ...] = ()


@dataclass(frozen=True, slots=True)
class Placement:
    """The first snapshot that holds the photo since the review."""

    snapshot: str
    is_lesson: bool  # an exam question is never trained on
    frozen_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """One correction's way so far; what has not happened yet is None."""

    correction: Correction
    review: ReceivedReview | None = None
    placement: Placement | None = None
    learned_by: int | None = None  # the first version made from a snapshot that holds the photo
    learned_in_run: str = ""  # the registry's run that made this version
    left_out: Mapping[str, str] = field(default_factory=dict)  # snapshots since without the photo, and why


@dataclass(frozen=True, slots=True)
class VoteCount:
    """Likes and dislikes that stand."""

    likes: int = 0
    dislikes: int = 0

    @property
    def votes(self) -> int:
        return self.likes + self.dislikes

    @property
    def share(self) -> float:
        """Of likes; there must be votes."""
        return self.likes / self.votes

    @property
    def interval(self) -> tuple[float, float]:
        return wilson_interval(self.likes, self.votes)


@dataclass(frozen=True, slots=True)
class VotesAroundRelease:
    """The version of before in its last weeks, and the one of now since its release."""

    before: VoteCount
    since: VoteCount

    @property
    def change(self) -> tuple[float, float, float] | None:
        """By how much the share of likes moved, and between which bounds; None while a side has no vote."""
        if not self.before.votes or not self.since.votes:
            return None
        low, high = difference_interval(
            self.since.likes, self.since.votes, self.before.likes, self.before.votes
        )
        return self.since.share - self.before.share, low, high
