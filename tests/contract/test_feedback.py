"""Votes and corrections, by one contract: the word said last stands, in whatever order; a key counts once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.contract.people import a_key, at, dislike, like, prediction_of
from tyreloop.domain.damage import DamageKind
from tyreloop.domain.errors import InvalidRequest, KeyReused, PredictionNotFound
from tyreloop.domain.feedback import Correction, Delivery, IdempotencyKey, Label, Spot, VoteReason
from tyreloop.domain.photos import Prediction, PredictionId, Visitor
from tyreloop.ports import Feedback
from tyreloop.use_cases.stores import Stores


def correction(about: Prediction, label: Label, minutes: float, **more: Any) -> Correction:
    return Correction(about.id, about.visitor, label, at(minutes), **more)


REASONS = frozenset({VoteReason.TOO_SLOW, VoteReason.OTHER})
KINDS = (DamageKind.CRACK, DamageKind.CUT)
# Of each kind two different words.
WORDS: Mapping[str, Mapping[str, Callable[[Prediction, float], Any]]] = {
    "votes": {
        "a": lambda about, minutes: dislike(about, minutes=minutes, reasons=REASONS, comment="naïve?"),
        "b": lambda about, minutes: like(about, minutes=minutes),
    },
    "corrections": {
        "a": lambda about, minutes: correction(
            about, Label.DEFECTIVE, minutes, spot=Spot(0.3, 0.5), kinds=KINDS
        ),
        "b": lambda about, minutes: correction(about, Label.NOT_A_TYRE, minutes),
    },
}


@dataclass(frozen=True, slots=True)
class Speech:
    """What visitors say in one way: `a5` is the word a, five minutes after noon; `-5` takes it back."""

    port: Feedback[Any]
    words: Mapping[str, Callable[[Prediction, float], Any]]

    def says(self, about: Prediction, word: str, *, key: IdempotencyKey | None = None) -> Delivery:
        key, minutes = key or a_key(), float(word[1:])
        if word[0] == "-":
            return self.port.withdraw(about.id, about.visitor, at=at(minutes), key=key)
        return self.port.save(self.words[word[0]](about, minutes), key=key)

    def stands(self, about: Prediction) -> Any:
        return self.port.get(about.id, about.visitor)


@pytest.fixture(params=list(WORDS))
def speech(request: pytest.FixtureRequest, feedback: Stores) -> Speech:
    return Speech(getattr(feedback, request.param), WORDS[request.param])


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        pytest.param("", "", id="nothing-was-said"),
        pytest.param("a1", "a1", id="it-is-read-back-as-it-was"),
        pytest.param("a1 b2", "b2", id="the-second-replaces-the-first"),
        pytest.param("a5 b1", "a5", id="an-older-one-that-arrives-late-changes-nothing"),
        pytest.param("a1 -2", "", id="what-was-taken-back-is-gone"),
        pytest.param("a1 -2 b3", "b3", id="what-is-said-afterwards-stands"),
        pytest.param("-2 a1", "", id="taken-back-before-it-arrives"),
        pytest.param("a5 -2", "a5", id="taken-back-late-leaves-a-newer-one-alone"),
        pytest.param("-1", "", id="taking-nothing-back-is-no-mistake"),
    ],
)
def test_the_word_said_last_stands(speech: Speech, a_prediction: Prediction, said: str, stands: str) -> None:
    for word in said.split():
        assert speech.says(a_prediction, word) is Delivery.STORED
    expected = speech.words[stands[0]](a_prediction, float(stands[1:])) if stands else None
    assert speech.stands(a_prediction) == expected


def test_the_same_key_again_gives_the_same_result_and_undoes_nothing(
    speech: Speech, a_prediction: Prediction
) -> None:
    key = a_key()
    assert speech.says(a_prediction, "a1", key=key) is Delivery.STORED
    assert speech.says(a_prediction, "a2", key=key) is Delivery.STORED
    assert speech.stands(a_prediction) == speech.words["a"](a_prediction, 1)
    speech.says(a_prediction, "b2")
    speech.says(a_prediction, "a3", key=key)
    assert speech.stands(a_prediction) == speech.words["b"](a_prediction, 2)


@pytest.mark.parametrize("other", ["b2", "-2"])
def test_the_same_key_for_something_else_is_refused(
    speech: Speech, a_prediction: Prediction, other: str
) -> None:
    key = a_key()
    speech.says(a_prediction, "a1", key=key)
    with pytest.raises(KeyReused):
        speech.says(a_prediction, other, key=key)
    assert speech.stands(a_prediction) == speech.words["a"](a_prediction, 1)


def test_two_people_may_use_the_same_key(
    speech: Speech, feedback: Stores, alice: Visitor, bob: Visitor
) -> None:
    key = a_key()
    for visitor in (alice, bob):
        feedback.predictions.add(prediction := prediction_of(visitor))
        speech.says(prediction, "a1", key=key)
        assert speech.stands(prediction) is not None


def test_another_persons_prediction_looks_like_none(
    speech: Speech, bob: Visitor, a_prediction: Prediction
) -> None:
    of_bob = prediction_of(bob, id=a_prediction.id)
    for word in ("a1", "-1"):
        with pytest.raises(PredictionNotFound):
            speech.says(of_bob, word)
    assert speech.stands(of_bob) is None


@pytest.mark.parametrize("unknown", [{}, {"id": PredictionId("nonsense")}], ids=["none", "nonsense"])
def test_without_a_prediction_it_is_refused_and_its_key_stays_free(
    speech: Speech, alice: Visitor, a_prediction: Prediction, unknown: Mapping[str, Any]
) -> None:
    key, nowhere = a_key(), prediction_of(alice, **unknown)
    with pytest.raises(PredictionNotFound):
        speech.says(nowhere, "a1", key=key)
    assert speech.stands(nowhere) is None
    speech.says(a_prediction, "a1", key=key)
    assert speech.stands(a_prediction) is not None


def test_a_vote_and_a_correction_do_not_touch_each_other(feedback: Stores, a_prediction: Prediction) -> None:
    key, votes, corrections = a_key(), *(Speech(getattr(feedback, way), WORDS[way]) for way in WORDS)
    votes.says(a_prediction, "a1", key=key)
    corrections.says(a_prediction, "a1", key=key)
    votes.says(a_prediction, "-3")
    assert corrections.stands(a_prediction) == WORDS["corrections"]["a"](a_prediction, 1)


def test_only_a_damage_has_kinds(a_prediction: Prediction) -> None:
    with pytest.raises(InvalidRequest):
        correction(a_prediction, Label.GOOD, 1, kinds=KINDS)
