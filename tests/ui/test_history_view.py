"""A visitor's answers as rows, pages and a sheet."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from streamlit_ui.texts import Texts
from streamlit_ui.view_models.history import ROWS_ON_A_PAGE, HistoryRow, history_csv, only, page_of, pages_in
from tests.contract.people import a_verdict
from tyreloop.domain.feedback import Correction, Label, Vote
from tyreloop.domain.photos import Answer, Prediction

SEOUL = ZoneInfo("Asia/Seoul")
MakePrediction = Callable[..., Prediction]


def test_a_row_says_what_when_and_by_which_model(a_prediction: MakePrediction, korean: Texts) -> None:
    row = HistoryRow.of(a_prediction(), korean, SEOUL)
    assert "손상 의심" in row.headline
    assert row.line == "2026-11-01 21:00 · 모델 버전 3 · 손상\u00a075%"


def test_a_row_says_what_its_visitor_said(a_prediction: MakePrediction, english: Texts) -> None:
    prediction = a_prediction()
    of = (prediction.id, prediction.visitor)
    vote, correction = Vote(*of, False, prediction.made_at), Correction(*of, Label.GOOD, prediction.made_at)
    row = HistoryRow.of(prediction, english, SEOUL, vote=vote, correction=correction)
    assert "You do not like this answer." in row.said
    assert "You said: The tyre is fine." in row.said
    assert row.has_receipt
    assert HistoryRow.of(prediction, english, SEOUL).said == ""


def test_only_one_kind_of_answer_is_shown(a_prediction: MakePrediction) -> None:
    good = a_prediction(verdict=a_verdict(Answer.GOOD))
    assert only([a_prediction(), good], Answer.GOOD) == [good]
    assert len(only([a_prediction(), good], None)) == 2


def test_pages_hold_every_answer_once(a_prediction: MakePrediction) -> None:
    many = [a_prediction() for _ in range(ROWS_ON_A_PAGE * 2 + 1)]
    shown = [prediction for number in (1, 2, 3) for prediction in page_of(many, number)]
    assert pages_in(many) == 3
    assert shown == many


def test_the_sheet_has_a_heading_and_a_line_each(a_prediction: MakePrediction, english: Texts) -> None:
    lines = history_csv([a_prediction(), a_prediction()], english, SEOUL).decode("utf-8-sig").splitlines()
    assert lines[0] == "Time,Answer,Reason,Kind of damage,Probability of damage,Model version,Prediction"
    assert len(lines) == 3
