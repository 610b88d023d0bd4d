"""Answers of a real database as figures and charts, in words of the visitor's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import pytest

from streamlit_ui.texts import Texts
from streamlit_ui.view_models import insights
from streamlit_ui.view_models.charts import intervals, matrix, over_time
from tests.grafana.history import write_history
from tyreloop.questions import Row, ask

QUESTIONS = (
    "total_votes",
    "coverage",
    "votes_per_hour",
    "moving_like_ratio",
    "versions_compared",
    "predictions_per_hour",
    "latency",
    "latency_summary",
    "corrections_matrix",
    "audited_accuracy",
    "releases",
)
Answers = Mapping[str, list[Row]]


@pytest.fixture
def answers(database_dsn: dict[str, Any]) -> Iterator[Answers]:
    """Three weeks with votes, corrections and two versions."""
    until = datetime.now(UTC)
    with closing(psycopg2.connect(**database_dsn)) as connection:
        connection.autocommit = True
        write_history(connection)
        since = until - timedelta(days=30)
        yield {name: ask(connection, name, since=since, until=until) for name in QUESTIONS}


def test_every_figure_says_what_it_rests_on(answers: Answers, english: Texts) -> None:
    photos, votes, ratio, _, latency = insights.figures(answers, english)
    assert int(photos.value.replace(",", "")) > int(votes.value.replace(",", "")) > 0
    assert ratio.value.endswith("%")
    assert f"votes: {votes.value}" in ratio.note
    assert latency.value.endswith(" ms")


def test_an_empty_house_has_no_made_up_figure(english: Texts) -> None:
    nothing: Answers = {name: [] for name in QUESTIONS}
    values = [figure.value for figure in insights.figures(nothing, english)]
    assert values == ["0", "0", insights.NOTHING, insights.NOTHING, insights.NOTHING]


def test_accuracy_is_counted_over_all_versions_with_its_interval(english: Texts) -> None:
    drawn = [
        {"Version": "3", "Right in the sample": 0.9, "Reviewed": 40.0},
        {"Version": "2", "Right in the sample": 0.5, "Reviewed": 20.0},
        {"Version": "1", "Right in the sample": None, "Reviewed": 0.0},
    ]
    answers: Answers = {name: [] for name in QUESTIONS} | {"audited_accuracy": drawn}
    accuracy = insights.figures(answers, english)[3]
    assert accuracy.value == "77%"
    assert accuracy.note == "65 to 86%, reviewed: 60"


def test_the_chart_counts_each_vote_once(answers: Answers, english: Texts) -> None:
    bars = insights.votes_over_time(answers, english)
    totals = answers["total_votes"][0]
    assert sum(bar["value"] for bar in bars if bar["series"] == "Likes") == totals["Likes"]
    assert -sum(bar["value"] for bar in bars if bar["series"] == "Dislikes") == totals["Dislikes"]


def test_releases_are_marked_on_the_time_axis(answers: Answers, korean: Texts) -> None:
    marks = insights.releases(answers, korean)
    assert {mark["release"] for mark in marks} >= {"버전 2"}
    data = insights.like_ratio_over_time(answers, korean)
    chart = over_time(data, marks, kind="line", colours={}, ink="#000", unit="%")
    assert len(chart["layer"]) == 3


def test_each_chart_has_rows(answers: Answers, korean: Texts) -> None:
    for rows in (
        insights.answers_over_time(answers, korean),
        insights.latency_over_time(answers, korean),
        insights.ratio_by_version(answers, korean),
        insights.corrections(answers, korean),
    ):
        assert rows
    assert matrix(insights.corrections(answers, korean), ink="#000")["layer"]
    assert intervals(insights.ratio_by_version(answers, korean), ink="#000")["layer"]


def test_the_sheet_has_the_hours(answers: Answers, english: Texts) -> None:
    lines = insights.insights_csv(answers, english).decode("utf-8-sig").splitlines()
    assert lines[0] == "Time,Likes,Dislikes"
    assert len(lines) == len(answers["votes_per_hour"]) + 1
