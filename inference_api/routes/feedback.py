"""Votes and corrections of a visitor's own predictions, and what became of them."""

from __future__ import annotations

from functools import partial

from pydantic import Field

from inference_api.authorization import actor
from inference_api.callers import KEY, address, idempotency_key, visitor
from inference_api.routes.photos import SpotBody
from inference_api.routing import Body, Moment, Routes
from inference_api.services import services
from tyreloop.domain.damage import DamageKind
from tyreloop.domain.feedback import MAX_COMMENT_CHARACTERS, Delivery, Label, Receipt, Spot, VoteReason
from tyreloop.domain.photos import PredictionId
from tyreloop.domain.staff import Right
from tyreloop.use_cases.feedback import (
    cast_vote,
    correct_prediction,
    read_receipt,
    retract_vote,
    withdraw_correction,
)

routes = Routes(Right.INSPECT)
PREDICTION = "/v1/predictions/<prediction_id>"


class VoteBody(Body):
    """Like or dislike, with chips and a comment if the visitor wants to say more."""

    liked: bool
    reasons: list[VoteReason] = Field([], max_length=len(VoteReason))
    comment: str = Field("", max_length=MAX_COMMENT_CHARACTERS)


class CorrectionBody(Body):
    """The right label; of a damage, where it is and of which kinds."""

    label: Label
    spot: SpotBody | None = None
    kinds: list[DamageKind] = Field(
        [], max_length=len(DamageKind), description="Of a damage only: the kinds that are there."
    )

    def domain_spot(self) -> Spot | None:
        return Spot(self.spot.x, self.spot.y) if self.spot else None


class DeliveryBody(Body):
    """Where what was said is safe now."""

    delivery: Delivery


class ReceivedReviewBody(Body):
    """What a reviewer decided, without the reviewer."""

    id: int
    agreed: bool
    label: Label
    kinds: list[DamageKind]
    reviewed_at: Moment


class ReceiptBody(Body):
    """What became of a correction so far."""

    prediction_id: str
    label: Label
    kinds: list[DamageKind]
    given_at: Moment
    review: ReceivedReviewBody | None
    snapshot: str | None
    is_lesson: bool | None
    learned_by: int | None
    learned_in_run: str | None
    left_out: dict[str, str]

    @staticmethod
    def of(receipt: Receipt) -> ReceiptBody:
        review, placement = receipt.review, receipt.placement
        return ReceiptBody(
            prediction_id=receipt.correction.prediction_id,
            label=receipt.correction.label,
            kinds=list(receipt.correction.kinds),
            given_at=receipt.correction.given_at,
            review=ReceivedReviewBody.showing(review) if review else None,
            snapshot=placement.snapshot if placement else None,
            is_lesson=placement.is_lesson if placement else None,
            learned_by=receipt.learned_by,
            learned_in_run=receipt.learned_in_run or None,
            left_out=dict(receipt.left_out),
        )


said = partial(routes.route, answer=DeliveryBody, status=(200, 202), parameters=(KEY,))


@said("PUT", f"{PREDICTION}/vote", takes=VoteBody)
def put_vote(prediction_id: str, body: VoteBody) -> tuple[DeliveryBody, int]:
    """Like or dislike it; a second vote replaces the first."""
    return _delivered(
        cast_vote(
            _kept(prediction_id),
            liked=body.liked,
            reasons=body.reasons,
            comment=body.comment,
            by=visitor(),
            key=idempotency_key(),
            using=services().stores,
        )
    )


@said("DELETE", f"{PREDICTION}/vote")
def delete_vote(prediction_id: str) -> tuple[DeliveryBody, int]:
    """Take the vote back."""
    return _delivered(
        retract_vote(_kept(prediction_id), by=visitor(), key=idempotency_key(), using=services().stores)
    )


@said("PUT", f"{PREDICTION}/correction", takes=CorrectionBody)
def put_correction(prediction_id: str, body: CorrectionBody) -> tuple[DeliveryBody, int]:
    """Say what the photo really shows."""
    return _delivered(
        correct_prediction(
            _kept(prediction_id),
            label=body.label,
            spot=body.domain_spot(),
            kinds=body.kinds,
            by=visitor(),
            key=idempotency_key(),
            using=services().stores,
        )
    )


@said("DELETE", f"{PREDICTION}/correction")
def delete_correction(prediction_id: str) -> tuple[DeliveryBody, int]:
    """Take that back."""
    return _delivered(
        withdraw_correction(
            _kept(prediction_id), by=visitor(), key=idempotency_key(), using=services().stores
        )
    )


@routes.route("GET", f"{PREDICTION}/receipt", ReceiptBody)
def get_receipt(prediction_id: str) -> ReceiptBody:
    """What became of that: review, snapshot, run and version, each by its id; null if it has not happened."""
    return ReceiptBody.of(
        read_receipt(PredictionId(prediction_id), by=visitor(), receipts=services().stores.receipts)
    )


def _kept(prediction_id: str) -> PredictionId:
    """The prediction, kept by now: the visitor may be faster than what happens after an answer."""
    if not actor().is_known:
        services().door.feedback_limit.take(address())
    services().log.flush(PredictionId(prediction_id))
    return PredictionId(prediction_id)


def _delivered(delivery: Delivery) -> tuple[DeliveryBody, int]:
    return DeliveryBody(delivery=delivery), 200 if delivery is Delivery.STORED else 202
