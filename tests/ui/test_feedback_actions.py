"""What visitors say reaches the store, whatever comes first."""

from __future__ import annotations

import pytest

from streamlit_ui.feedback_actions import recall, say_vote, submit_label, take_vote_back, withdraw_label
from streamlit_ui.shown import Shown
from streamlit_ui.texts import Texts
from streamlit_ui.view_models.right_answer import RightAnswerView
from streamlit_ui.view_models.voting import DOWN, VoteView
from tests.contract.people import NOON
from tyreloop.domain.errors import PredictionNotFound
from tyreloop.domain.feedback import Correction, Label, Spot
from tyreloop.use_cases.stores import Stores


def test_a_vote_that_overtakes_its_answer_is_kept(on_screen: Shown, stores: Stores) -> None:
    say_vote(on_screen, liked=True, using=stores)
    kept = recall(on_screen, using=stores).vote
    assert kept is not None
    assert kept.liked


def test_a_vote_on_an_answer_that_was_deleted_is_refused(on_screen: Shown, stores: Stores) -> None:
    on_screen.is_fresh = False
    with pytest.raises(PredictionNotFound):
        say_vote(on_screen, liked=True, using=stores)
    assert on_screen.vote is None


def test_the_thumb_shows_the_last_vote(on_screen: Shown, stores: Stores, english: Texts) -> None:
    say_vote(on_screen, liked=True, using=stores)
    say_vote(on_screen, liked=False, using=stores)
    assert VoteView.of(on_screen.vote, english).thumb == DOWN
    take_vote_back(on_screen, using=stores)
    assert VoteView.of(on_screen.vote, english).thumb is None


def test_a_dislike_asks_at_once_what_is_right(on_screen: Shown, stores: Stores, english: Texts) -> None:
    assert not RightAnswerView.of(on_screen.vote, on_screen.correction, english).is_open
    say_vote(on_screen, liked=False, using=stores)
    assert RightAnswerView.of(on_screen.vote, on_screen.correction, english).is_open


def test_vote_and_right_label_are_two_things(on_screen: Shown, stores: Stores) -> None:
    say_vote(on_screen, liked=True, using=stores)
    submit_label(on_screen, label=Label.DEFECTIVE, using=stores, spot=Spot(0.25, 0.5))
    take_vote_back(on_screen, using=stores)
    remembered = recall(on_screen, using=stores)
    assert remembered.vote is None
    assert remembered.correction is not None
    assert remembered.correction.spot == Spot(0.25, 0.5)


def test_only_a_damage_has_a_place(on_screen: Shown, stores: Stores, english: Texts) -> None:
    submit_label(on_screen, label=Label.DEFECTIVE, using=stores)
    assert RightAnswerView.of(None, on_screen.correction, english).takes_spot
    submit_label(on_screen, label=Label.GOOD, using=stores)
    assert not RightAnswerView.of(None, on_screen.correction, english).takes_spot
    withdraw_label(on_screen, using=stores)
    assert RightAnswerView.of(None, on_screen.correction, english).chosen is None


def test_a_photo_that_is_not_kept_is_promised_to_no_model(on_screen: Shown, english: Texts) -> None:
    said = Correction(on_screen.prediction.id, on_screen.prediction.visitor, Label.DEFECTIVE, NOON)
    view = RightAnswerView.of(None, said, english, is_kept=False)
    assert view.lines == (english("right.thanks_not_kept"),)
    assert not view.takes_spot
