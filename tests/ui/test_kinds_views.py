"""Kinds in words wherever an answer, a correction or a review is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC

from streamlit_ui.texts import Texts
from streamlit_ui.view_models.heat import HeatView
from streamlit_ui.view_models.receipt import steps_of
from streamlit_ui.view_models.right_answer import RightAnswerView, said_lines
from tests.contract.people import at
from tyreloop.client import Heat
from tyreloop.domain.damage import DamageKind
from tyreloop.domain.feedback import Correction, Label, Receipt, ReceivedReview
from tyreloop.domain.photos import Prediction

MakePrediction = Callable[..., Prediction]
SQUARE = (((0.1, 0.1), (0.9, 0.1), (0.9, 0.9)),)


def said(prediction: Prediction, label: Label = Label.DEFECTIVE, *kinds: DamageKind) -> Correction:
    return Correction(prediction.id, prediction.visitor, label, at(1), kinds=kinds)


def test_one_touch_on_a_kind_says_that_it_is_damaged(a_prediction: MakePrediction, english: Texts) -> None:
    photo = a_prediction()
    assert RightAnswerView.of(None, None, english).takes_kinds
    assert RightAnswerView.of(None, said(photo, Label.DEFECTIVE, DamageKind.CUT), english).kinds == ("cut",)
    assert not RightAnswerView.of(None, said(photo, Label.GOOD), english).takes_kinds


def test_kinds_are_told_with_the_label(a_prediction: MakePrediction, english: Texts, korean: Texts) -> None:
    correction = said(a_prediction(), Label.DEFECTIVE, DamageKind.CRACK, DamageKind.CUT)
    assert said_lines(None, correction, english) == ["The visitor says: The tyre is damaged: Crack, Cut."]
    review = ReceivedReview(True, Label.DEFECTIVE, at(2), kinds=(DamageKind.NAIL,))
    received, reviewed, *_ = steps_of(Receipt(correction, replace(review, agreed=False)), korean, UTC)
    assert "갈라짐, 베임" in received.sentence
    assert "못이나 돌" in reviewed.sentence


def test_the_line_is_drawn_always_and_a_hint_where_the_place_decides_nothing(
    a_prediction: MakePrediction, english: Texts
) -> None:
    photo = a_prediction()
    photo = replace(photo, verdict=replace(photo.verdict, outline=SQUARE))
    heat = Heat(((0.0, 1.0),), (0.75, 0.5), is_quiet=False, moved=True)
    assert HeatView.of(photo, heat, english).outline == SQUARE
    assert HeatView.of(photo, None, english) == HeatView(None, english("heat.outline"), SQUARE)
    hint = HeatView.of(photo, replace(heat, moved=False), english)
    assert hint == HeatView(None, english("heat.hint"), SQUARE)
