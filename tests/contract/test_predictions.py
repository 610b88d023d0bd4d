"""Predictions: kept once, read back as they were."""

from __future__ import annotations

from dataclasses import replace

from tests.contract.people import a_photo_id, a_verdict, at, prediction_of
from tyreloop.domain.damage import DamageKind, SeenKind
from tyreloop.domain.feedback import Delivery
from tyreloop.domain.photos import (
    Answer,
    PredictionId,
    UnsureReason,
    UnusableReason,
    Verdict,
    View,
    Visitor,
    new_prediction_id,
)
from tyreloop.use_cases.stores import Stores


def test_a_prediction_is_read_back_as_it_was(feedback: Stores, alice: Visitor) -> None:
    prediction = prediction_of(alice, keep_photo=False)
    assert feedback.predictions.add(prediction) is Delivery.STORED
    assert feedback.predictions.get(prediction.id) == prediction


def test_an_unusable_photo_keeps_its_reason(feedback: Stores, alice: Visitor) -> None:
    verdict = a_verdict(Answer.UNUSABLE, UnusableReason.TOO_DARK)
    prediction = prediction_of(alice, verdict=verdict)
    feedback.predictions.add(prediction)
    assert feedback.predictions.get(prediction.id) == prediction


def test_a_prediction_keeps_how_novel_its_photo_is(feedback: Stores, alice: Visitor) -> None:
    prediction = prediction_of(alice, verdict=replace(a_verdict(), novelty=0.4375))
    feedback.predictions.add(prediction)
    assert feedback.predictions.get(prediction.id) == prediction


def test_a_prediction_keeps_what_was_seen_and_where(feedback: Stores, alice: Visitor) -> None:
    seen = SeenKind(DamageKind.CRACK, 0.875, is_sure=True), SeenKind(DamageKind.BULGE, 0.25, is_sure=False)
    outline = (((0.25, 0.5), (0.75, 0.5), (0.5, 0.125)),)
    damaged = replace(a_verdict(), kinds=seen, outline=outline, view=View.SIDEWALL)
    unlike = Verdict(Answer.UNSURE, {"good": 0.25, "defective": 0.75}, UnsureReason.UNFAMILIAR)

    for verdict in (damaged, unlike):
        prediction = prediction_of(alice, verdict=verdict)
        feedback.predictions.add(prediction)
        assert feedback.predictions.get(prediction.id) == prediction


def test_the_same_prediction_again_changes_nothing(feedback: Stores, alice: Visitor) -> None:
    prediction = prediction_of(alice)
    feedback.predictions.add(prediction)
    feedback.predictions.add(prediction)
    assert feedback.predictions.of_visitor(alice, limit=10) == [prediction]


def test_several_predictions_are_kept_in_one_go(feedback: Stores, alice: Visitor) -> None:
    photo = a_photo_id()
    made = [prediction_of(alice, photo_id=photo, made_at=at(minutes)) for minutes in (1, 2)]
    made.append(prediction_of(alice, made_at=at(3)))
    assert feedback.predictions.add_all([*made, made[0]]) is Delivery.STORED
    assert feedback.predictions.of_visitor(alice, limit=10) == made[::-1]


def test_two_people_may_show_the_same_photo(feedback: Stores, alice: Visitor, bob: Visitor) -> None:
    photo = a_photo_id()
    of_alice, of_bob = prediction_of(alice, photo_id=photo), prediction_of(bob, photo_id=photo)
    feedback.predictions.add(of_alice)
    feedback.predictions.add(of_bob)
    assert feedback.predictions.of_visitor(alice, limit=10) == [of_alice]
    assert feedback.predictions.of_visitor(bob, limit=10) == [of_bob]


def test_a_visitors_predictions_come_latest_first(feedback: Stores, alice: Visitor) -> None:
    early, late, middle = (prediction_of(alice, made_at=at(minutes)) for minutes in (1, 3, 2))
    for prediction in (early, late, middle):
        feedback.predictions.add(prediction)
    assert feedback.predictions.of_visitor(alice, limit=2) == [late, middle]


def test_a_prediction_nobody_made_is_none(feedback: Stores) -> None:
    assert feedback.predictions.get(new_prediction_id()) is None
    assert feedback.predictions.get(PredictionId("no id at all")) is None
