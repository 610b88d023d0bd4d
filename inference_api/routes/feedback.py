"""Votes and corrections of a visitor's own predictions."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from inference_api.bodies import CorrectionBody, DeliveryBody, VoteBody
from inference_api.callers import idempotency_key, visitor
from inference_api.context import answer, read_body, services
from tyreloop.domain.photos import PredictionId
from tyreloop.ports import Delivery
from tyreloop.use_cases.feedback import cast_vote, correct_prediction, retract_vote, withdraw_correction

routes = Blueprint("feedback", __name__, url_prefix="/v1/predictions/<prediction_id>")


@routes.put("/vote")
def put_vote(prediction_id: str) -> ResponseReturnValue:
    """Like or dislike; a second vote replaces the first."""
    body = read_body(VoteBody)
    delivery = cast_vote(
        _spoken_of(prediction_id),
        liked=body.liked,
        reasons=body.reasons,
        comment=body.comment,
        by=visitor(),
        key=idempotency_key(),
        using=services().feedback,
    )
    return _delivered(delivery)


@routes.delete("/vote")
def delete_vote(prediction_id: str) -> ResponseReturnValue:
    """Take the vote back."""
    delivery = retract_vote(
        _spoken_of(prediction_id), by=visitor(), key=idempotency_key(), using=services().feedback
    )
    return _delivered(delivery)


@routes.put("/correction")
def put_correction(prediction_id: str) -> ResponseReturnValue:
    """Say what the photo really shows."""
    body = read_body(CorrectionBody)
    delivery = correct_prediction(
        _spoken_of(prediction_id),
        label=body.label,
        spot=body.domain_spot(),
        by=visitor(),
        key=idempotency_key(),
        using=services().feedback,
    )
    return _delivered(delivery)


@routes.delete("/correction")
def delete_correction(prediction_id: str) -> ResponseReturnValue:
    """Take the correction back."""
    delivery = withdraw_correction(
        _spoken_of(prediction_id), by=visitor(), key=idempotency_key(), using=services().feedback
    )
    return _delivered(delivery)


def _spoken_of(prediction_id: str) -> PredictionId:
    """The prediction, kept by now: the visitor may be faster than what happens after an answer."""
    services().log.hurry(PredictionId(prediction_id))
    return PredictionId(prediction_id)


def _delivered(delivery: Delivery) -> ResponseReturnValue:
    return answer(DeliveryBody(delivery=delivery), 200 if delivery is Delivery.STORED else 202)
