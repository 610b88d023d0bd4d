"""Feedback: votes, corrections, and their receipts."""

from __future__ import annotations

from collections.abc import Iterable

from tyreloop.domain.damage import DamageKind, in_order
from tyreloop.domain.errors import PredictionNotFound
from tyreloop.domain.feedback import (
    Correction,
    Delivery,
    IdempotencyKey,
    Label,
    Receipt,
    Spot,
    Vote,
    VoteReason,
)
from tyreloop.domain.photos import PredictionId, Visitor
from tyreloop.store.feedback import PostgresReceipts
from tyreloop.use_cases.stores import Stores


def cast_vote(
    prediction_id: PredictionId,
    *,
    liked: bool,
    by: Visitor,
    key: IdempotencyKey,
    using: Stores,
    reasons: Iterable[VoteReason] = (),
    comment: str = "",
) -> Delivery:
    """Keep a visitor's vote on a prediction of theirs; a second one replaces the first."""
    vote = Vote(prediction_id, by, liked, using.clock(), frozenset(reasons), comment)
    return using.votes.save(vote, key=key)


def retract_vote(prediction_id: PredictionId, *, by: Visitor, key: IdempotencyKey, using: Stores) -> Delivery:
    """Take a vote back; without one, nothing happens."""
    return using.votes.withdraw(prediction_id, by, at=using.clock(), key=key)


def correct_prediction(
    prediction_id: PredictionId,
    *,
    label: Label,
    by: Visitor,
    key: IdempotencyKey,
    using: Stores,
    spot: Spot | None = None,
    kinds: Iterable[DamageKind] = (),
) -> Delivery:
    """Keep the right label that a visitor gives for a prediction of theirs."""
    correction = Correction(prediction_id, by, label, using.clock(), spot, in_order(kinds))
    return using.corrections.save(correction, key=key)


def withdraw_correction(
    prediction_id: PredictionId, *, by: Visitor, key: IdempotencyKey, using: Stores
) -> Delivery:
    """Take a correction back; without one, nothing happens."""
    return using.corrections.withdraw(prediction_id, by, at=using.clock(), key=key)


def read_receipt(prediction_id: PredictionId, *, by: Visitor, receipts: PostgresReceipts) -> Receipt:
    """The receipt of the visitor's own correction; another's looks the same as none."""
    receipt = receipts.get(prediction_id, by)
    if receipt is None:
        raise PredictionNotFound("There is no correction of yours here.")
    return receipt
