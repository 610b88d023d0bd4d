"""Deletions: a photo goes with everything of its visitor that hangs from it, and stays away."""

from __future__ import annotations

import pytest

from tests.contract.people import a_key, a_photo_id, at, like, prediction_of
from tyreloop.domain.errors import PredictionNotFound
from tyreloop.domain.feedback import Correction, Label
from tyreloop.domain.photos import Prediction, PredictionId, Visitor
from tyreloop.ports import Erasures
from tyreloop.use_cases.stores import Stores


def test_a_deleted_photo_takes_what_was_said_with_it(
    feedback: Stores, erasures: Erasures, alice: Visitor, a_prediction: Prediction
) -> None:
    feedback.votes.save(like(a_prediction), key=a_key())
    correction = Correction(a_prediction.id, alice, Label.GOOD, at(1))
    feedback.corrections.save(correction, key=a_key())
    erased = erasures.erase(a_prediction.id, alice)
    assert list(erased.predictions) == [a_prediction.id]
    assert erased.orphan == a_prediction.photo_id
    assert feedback.predictions.get(a_prediction.id) is None
    assert feedback.votes.get(a_prediction.id, alice) is None
    assert feedback.corrections.get(a_prediction.id, alice) is None


def test_every_prediction_of_the_same_photo_goes_too(
    feedback: Stores, erasures: Erasures, alice: Visitor
) -> None:
    photo = a_photo_id()
    first, second, other = (prediction_of(alice, photo_id=id_) for id_ in (photo, photo, a_photo_id()))
    for prediction in (first, second, other):
        feedback.predictions.add(prediction)
    erased = erasures.erase(first.id, alice)
    assert set(erased.predictions) == {first.id, second.id}
    assert feedback.predictions.of_visitor(alice, limit=9) == [other]


def test_a_photo_that_bob_showed_too_stays_for_bob(
    feedback: Stores, erasures: Erasures, alice: Visitor, bob: Visitor, a_prediction: Prediction
) -> None:
    of_bob = prediction_of(bob, photo_id=a_prediction.photo_id)
    feedback.predictions.add(of_bob)
    assert erasures.erase(a_prediction.id, alice).orphan is None
    assert feedback.predictions.get(of_bob.id) == of_bob


def test_what_was_deleted_does_not_come_back(
    feedback: Stores, erasures: Erasures, alice: Visitor, a_prediction: Prediction
) -> None:
    assert not erasures.was_erased(a_prediction.id)
    erasures.erase(a_prediction.id, alice)
    assert erasures.was_erased(a_prediction.id)
    feedback.predictions.add(a_prediction)
    assert feedback.predictions.get(a_prediction.id) is None
    with pytest.raises(PredictionNotFound):
        feedback.votes.save(like(a_prediction), key=a_key())


def test_nobody_deletes_another_persons_photo(
    feedback: Stores, erasures: Erasures, bob: Visitor, a_prediction: Prediction
) -> None:
    with pytest.raises(PredictionNotFound):
        erasures.erase(a_prediction.id, bob)
    with pytest.raises(PredictionNotFound):
        erasures.erase(PredictionId("nonsense"), bob)
    assert feedback.predictions.get(a_prediction.id) == a_prediction


def test_a_deleted_photo_may_be_shown_anew(
    feedback: Stores, erasures: Erasures, alice: Visitor, a_prediction: Prediction
) -> None:
    erasures.erase(a_prediction.id, alice)
    again = prediction_of(alice, photo_id=a_prediction.photo_id)
    feedback.predictions.add(again)
    assert feedback.predictions.get(again.id) == again
