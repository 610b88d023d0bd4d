"""Corrections: the right label given last stands, apart from any vote."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.contract.people import a_key, at, like
from tyreloop.domain.damage import DamageKind
from tyreloop.domain.errors import InvalidRequest, KeyReused, PredictionNotFound
from tyreloop.domain.feedback import Correction, Delivery, Label, Spot
from tyreloop.domain.photos import Prediction, Visitor
from tyreloop.use_cases.stores import Stores


def correction_of(
    prediction: Prediction, label: Label = Label.GOOD, minutes: float = 1, spot: Spot | None = None
) -> Correction:
    return Correction(prediction.id, prediction.visitor, label, at(minutes), spot)


def standing(feedback: Stores, prediction: Prediction) -> Correction | None:
    return feedback.corrections.get(prediction.id, prediction.visitor)


def test_a_correction_is_read_back_as_it_was(feedback: Stores, a_prediction: Prediction) -> None:
    named = correction_of(a_prediction, Label.DEFECTIVE, spot=Spot(0.3, 0.5))
    correction = replace(named, kinds=(DamageKind.CRACK, DamageKind.CUT))
    assert feedback.corrections.save(correction, key=a_key()) is Delivery.STORED
    assert standing(feedback, a_prediction) == correction


def test_only_a_damage_has_kinds(a_prediction: Prediction) -> None:
    with pytest.raises(InvalidRequest):
        replace(correction_of(a_prediction, Label.GOOD), kinds=(DamageKind.CRACK,))


def test_a_second_correction_replaces_the_first_with_its_spot(
    feedback: Stores, a_prediction: Prediction
) -> None:
    first = correction_of(a_prediction, Label.DEFECTIVE, 1, Spot(0.3, 0.5))
    second = correction_of(a_prediction, Label.NOT_A_TYRE, 2)
    feedback.corrections.save(first, key=a_key())
    feedback.corrections.save(second, key=a_key())
    assert standing(feedback, a_prediction) == second


def test_an_older_correction_that_arrives_late_changes_nothing(
    feedback: Stores, a_prediction: Prediction
) -> None:
    newer = correction_of(a_prediction, minutes=5)
    feedback.corrections.save(newer, key=a_key())
    feedback.corrections.save(correction_of(a_prediction, Label.UNKNOWN, 1), key=a_key())
    assert standing(feedback, a_prediction) == newer


def test_a_withdrawn_correction_is_gone_and_an_older_one_stays_away(
    feedback: Stores, alice: Visitor, a_prediction: Prediction
) -> None:
    feedback.corrections.withdraw(a_prediction.id, alice, at=at(2), key=a_key())
    feedback.corrections.save(correction_of(a_prediction, minutes=1), key=a_key())
    assert standing(feedback, a_prediction) is None


def test_the_same_key_counts_once(feedback: Stores, a_prediction: Prediction) -> None:
    key, first = a_key(), correction_of(a_prediction, minutes=1)
    feedback.corrections.save(first, key=key)
    feedback.corrections.save(correction_of(a_prediction, minutes=2), key=key)
    assert standing(feedback, a_prediction) == first
    with pytest.raises(KeyReused):
        feedback.corrections.save(correction_of(a_prediction, Label.DEFECTIVE), key=key)


def test_another_persons_prediction_cannot_be_corrected(
    feedback: Stores, bob: Visitor, a_prediction: Prediction
) -> None:
    with pytest.raises(PredictionNotFound):
        feedback.corrections.save(Correction(a_prediction.id, bob, Label.GOOD, at(1)), key=a_key())
    with pytest.raises(PredictionNotFound):
        feedback.corrections.withdraw(a_prediction.id, bob, at=at(1), key=a_key())


def test_a_vote_and_a_correction_do_not_touch_each_other(
    feedback: Stores, alice: Visitor, a_prediction: Prediction
) -> None:
    key, vote, correction = a_key(), like(a_prediction), correction_of(a_prediction)
    feedback.votes.save(vote, key=key)
    feedback.corrections.save(correction, key=key)
    feedback.votes.withdraw(a_prediction.id, alice, at=at(3), key=a_key())
    assert standing(feedback, a_prediction) == correction
