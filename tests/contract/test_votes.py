"""Votes: the word said last stands, whatever the order of arrival; a key counts once."""

from __future__ import annotations

import pytest

from tests.contract.people import a_key, at, dislike, like, prediction_of
from tyreloop.domain.errors import KeyReused, PredictionNotFound
from tyreloop.domain.feedback import Delivery, Vote, VoteReason
from tyreloop.domain.photos import Prediction, PredictionId, Visitor
from tyreloop.use_cases.stores import Stores


def standing(feedback: Stores, prediction: Prediction) -> Vote | None:
    return feedback.votes.get(prediction.id, prediction.visitor)


def test_a_vote_is_read_back_as_it_was(feedback: Stores, a_prediction: Prediction) -> None:
    reasons = frozenset({VoteReason.TOO_SLOW, VoteReason.OTHER})
    vote = dislike(a_prediction, reasons=reasons, comment="It took a minute; naïve?")
    assert feedback.votes.save(vote, key=a_key()) is Delivery.STORED
    assert standing(feedback, a_prediction) == vote


def test_a_prediction_without_a_vote_has_none(feedback: Stores, a_prediction: Prediction) -> None:
    assert standing(feedback, a_prediction) is None


def test_a_second_vote_replaces_the_first(feedback: Stores, a_prediction: Prediction) -> None:
    feedback.votes.save(like(a_prediction, minutes=1, comment="good"), key=a_key())
    changed = dislike(a_prediction, minutes=2)
    feedback.votes.save(changed, key=a_key())
    assert standing(feedback, a_prediction) == changed


def test_an_older_vote_that_arrives_late_changes_nothing(feedback: Stores, a_prediction: Prediction) -> None:
    newer = like(a_prediction, minutes=5)
    feedback.votes.save(newer, key=a_key())
    feedback.votes.save(dislike(a_prediction, minutes=1), key=a_key())
    assert standing(feedback, a_prediction) == newer


def test_a_retracted_vote_is_gone(feedback: Stores, alice: Visitor, a_prediction: Prediction) -> None:
    feedback.votes.save(like(a_prediction), key=a_key())
    assert feedback.votes.withdraw(a_prediction.id, alice, at=at(2), key=a_key()) is Delivery.STORED
    assert standing(feedback, a_prediction) is None


def test_a_vote_after_a_retraction_stands(feedback: Stores, alice: Visitor, a_prediction: Prediction) -> None:
    feedback.votes.save(like(a_prediction), key=a_key())
    feedback.votes.withdraw(a_prediction.id, alice, at=at(2), key=a_key())
    again = dislike(a_prediction, minutes=3)
    feedback.votes.save(again, key=a_key())
    assert standing(feedback, a_prediction) == again


def test_a_retraction_that_arrives_before_its_vote_still_takes_it_back(
    feedback: Stores, alice: Visitor, a_prediction: Prediction
) -> None:
    feedback.votes.withdraw(a_prediction.id, alice, at=at(2), key=a_key())
    feedback.votes.save(like(a_prediction, minutes=1), key=a_key())
    assert standing(feedback, a_prediction) is None


def test_a_late_retraction_leaves_a_newer_vote_alone(
    feedback: Stores, alice: Visitor, a_prediction: Prediction
) -> None:
    newer = like(a_prediction, minutes=5)
    feedback.votes.save(newer, key=a_key())
    feedback.votes.withdraw(a_prediction.id, alice, at=at(2), key=a_key())
    assert standing(feedback, a_prediction) == newer


def test_retracting_nothing_is_no_mistake(feedback: Stores, alice: Visitor, a_prediction: Prediction) -> None:
    feedback.votes.withdraw(a_prediction.id, alice, at=at(1), key=a_key())
    assert standing(feedback, a_prediction) is None


def test_the_same_key_again_gives_the_same_result(feedback: Stores, a_prediction: Prediction) -> None:
    first, key = like(a_prediction, minutes=1), a_key()
    assert feedback.votes.save(first, key=key) is Delivery.STORED
    assert feedback.votes.save(like(a_prediction, minutes=2), key=key) is Delivery.STORED
    assert standing(feedback, a_prediction) == first


def test_a_repeated_key_does_not_undo_a_newer_vote(feedback: Stores, a_prediction: Prediction) -> None:
    key, changed = a_key(), dislike(a_prediction, minutes=2)
    feedback.votes.save(like(a_prediction, minutes=1), key=key)
    feedback.votes.save(changed, key=a_key())
    feedback.votes.save(like(a_prediction, minutes=3), key=key)
    assert standing(feedback, a_prediction) == changed


def test_the_same_key_with_another_body_is_refused(feedback: Stores, a_prediction: Prediction) -> None:
    key, first = a_key(), like(a_prediction, minutes=1)
    feedback.votes.save(first, key=key)
    with pytest.raises(KeyReused):
        feedback.votes.save(dislike(a_prediction, minutes=2), key=key)
    assert standing(feedback, a_prediction) == first


def test_a_key_of_a_vote_cannot_take_it_back(
    feedback: Stores, alice: Visitor, a_prediction: Prediction
) -> None:
    key = a_key()
    feedback.votes.save(like(a_prediction), key=key)
    with pytest.raises(KeyReused):
        feedback.votes.withdraw(a_prediction.id, alice, at=at(2), key=key)


def test_two_people_may_use_the_same_key(feedback: Stores, alice: Visitor, bob: Visitor) -> None:
    key = a_key()
    for visitor in (alice, bob):
        prediction = prediction_of(visitor)
        feedback.predictions.add(prediction)
        feedback.votes.save(like(prediction), key=key)
        assert standing(feedback, prediction) is not None


def test_a_vote_on_another_persons_prediction_is_refused(
    feedback: Stores, bob: Visitor, a_prediction: Prediction
) -> None:
    with pytest.raises(PredictionNotFound):
        feedback.votes.save(Vote(a_prediction.id, bob, True, at(1)), key=a_key())
    with pytest.raises(PredictionNotFound):
        feedback.votes.withdraw(a_prediction.id, bob, at=at(1), key=a_key())
    assert feedback.votes.get(a_prediction.id, bob) is None


def test_a_vote_on_no_prediction_is_refused(feedback: Stores, alice: Visitor) -> None:
    with pytest.raises(PredictionNotFound):
        feedback.votes.save(like(prediction_of(alice)), key=a_key())
    with pytest.raises(PredictionNotFound):
        feedback.votes.save(Vote(PredictionId("nonsense"), alice, True, at(1)), key=a_key())
    assert feedback.votes.get(PredictionId("nonsense"), alice) is None


def test_a_refused_vote_does_not_use_up_its_key(
    feedback: Stores, alice: Visitor, a_prediction: Prediction
) -> None:
    key = a_key()
    with pytest.raises(PredictionNotFound):
        feedback.votes.save(like(prediction_of(alice)), key=key)
    feedback.votes.save(like(a_prediction), key=key)
    assert standing(feedback, a_prediction) is not None
