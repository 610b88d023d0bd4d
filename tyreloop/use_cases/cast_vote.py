"""Like or dislike a prediction, change one's mind, or take the vote back."""

from __future__ import annotations

from collections.abc import Iterable

from tyreloop.domain.prediction import PredictionId
from tyreloop.domain.visitor import Visitor
from tyreloop.domain.vote import Vote, VoteReason
from tyreloop.ports import Delivery, Feedback, IdempotencyKey


def cast_vote(
    prediction_id: PredictionId,
    *,
    liked: bool,
    by: Visitor,
    key: IdempotencyKey,
    using: Feedback,
    reasons: Iterable[VoteReason] = (),
    comment: str = "",
) -> Delivery:
    """Keep a visitor's vote on a prediction of theirs; a second one replaces the first."""
    vote = Vote(prediction_id, by, liked, using.clock(), frozenset(reasons), comment)
    return using.votes.cast(vote, key=key)


def retract_vote(
    prediction_id: PredictionId, *, by: Visitor, key: IdempotencyKey, using: Feedback
) -> Delivery:
    """Take a vote back; without one, nothing happens."""
    return using.votes.retract(prediction_id, by, at=using.clock(), key=key)
