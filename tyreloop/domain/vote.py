"""Like or dislike: whether a visitor is content with one prediction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tyreloop.domain.prediction import PredictionId
from tyreloop.domain.visitor import Visitor

MAX_COMMENT_CHARACTERS = 1000


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
