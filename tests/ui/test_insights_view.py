"""Answers of a real database as figures and charts, in words of the visitor's language."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg2
import pytest

from streamlit_ui.texts import Texts
from streamlit_ui.view_models import insights
from streamlit_ui.view_models.charts import intervals, over_time
from streamlit_ui.view_models.made_up import made_up_days
from tests.fixtures.postgres_server import fresh_database
from tests.monitoring.history import write_history
from tyreloop.monitoring.charts import Row, ask

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
UNTIL = datetime.now(UTC)
SPAN = (UNTIL - timedelta(days=30), UNTIL)
SEOUL = ZoneInfo("Asia/Seoul")


@pytest.fixture(scope="module")
def answers(postgres_server: dict[str, Any], migrated_template: str) -> Answers:
    """Three weeks with votes, corrections and two versions."""
    with (
        fresh_database(postgres_server, template=migrated_template) as dsn,
        closing(psycopg2.connect(**dsn)) as connection,
    ):
        connection.autocommit = True
        write_history(connection)
        return {name: ask(connection, name, since=SPAN[0], until=SPAN[1]) for name in QUESTIONS}


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
    bars = insights.votes_over_time(answers, english, SPAN)
    totals = answers["total_votes"][0]
    assert sum(bar["value"] for bar in bars if bar["series"] == "Likes") == totals["Likes"]
    assert -sum(bar["value"] for bar in bars if bar["series"] == "Dislikes") == totals["Dislikes"]


def test_releases_are_marked_on_the_time_axis(answers: Answers, korean: Texts) -> None:
    marks = insights.releases(answers, korean, SPAN)
    assert {mark["release"] for mark in marks} >= {"버전 2"}
    data = insights.like_ratio_over_time(answers, korean)
    chart = over_time(data, marks, insights.axis(SPAN), kind="line", colours={}, ink="#000", unit="%")
    assert len(chart["layer"]) == 3


def test_each_chart_has_rows(answers: Answers, korean: Texts) -> None:
    for rows in (
        insights.answers_over_time(answers, korean, SPAN),
        insights.latency_over_time(answers, korean),
        insights.ratio_by_version(answers, korean),
        table := insights.corrections(answers, korean),
    ):
        assert rows
    assert {tuple(row) for row in table} == {("결과", *list(table[0])[1:])}
    assert intervals(insights.ratio_by_version(answers, korean), ink="#000")["layer"]


def test_the_sheet_has_the_hours(answers: Answers, english: Texts) -> None:
    lines = insights.insights_csv(answers, english).decode("utf-8-sig").splitlines()
    assert lines[0] == "Time,Likes,Dislikes"
    assert len(lines) == len(answers["votes_per_hour"]) + 1


def moves(*minutes: float) -> Answers:
    """Releases of versions 1, 2, 3 ... at these minutes of a span."""
    rows = [
        {
            "time": SPAN[0] + timedelta(minutes=minute),
            "text": "",
            "tags": f"promotion,version {version}",
        }
        for version, minute in enumerate(minutes, start=1)
    ]
    return {name: [] for name in QUESTIONS} | {"releases": rows}


def test_names_of_close_releases_are_not_printed_over_each_other(english: Texts) -> None:
    marks = insights.releases(moves(10, 30, 50, 30_000), english, SPAN)
    assert [mark["release"] for mark in marks] == ["", "", "Version 3 (+2)", "Version 4"]
    assert len({mark["time"] for mark in marks}) == 4
    assert all("Version" in mark["tip"] for mark in marks)


@pytest.mark.parametrize("votes", [1, 50, 50_000])
def test_few_and_many_votes_stand_in_the_whole_chosen_span(english: Texts, votes: int) -> None:
    """One hour alone is no chart's whole width: the axis is the span, in the chosen zone's clock."""
    span = (
        datetime(2026, 6, 1, 3, 0, tzinfo=UTC).astimezone(SEOUL),
        datetime(2026, 6, 8, 3, 0, tzinfo=UTC).astimezone(SEOUL),
    )
    hour = {"time": datetime(2026, 6, 7, 3, 0, tzinfo=UTC).astimezone(SEOUL), "Likes": votes, "Dislikes": 0}
    answers: Answers = {name: [] for name in QUESTIONS} | {"votes_per_hour": [hour]}
    [bar] = insights.votes_over_time(answers, english, span)
    assert (bar["time"], bar["until"]) == ("2026-06-07T12:00:00Z", "2026-06-07T13:00:00Z")
    chart = over_time([bar], [], insights.axis(span), kind="bar", colours={}, ink="#000")
    scale = chart["layer"][0]["encoding"]["x"]["scale"]
    assert scale == {"type": "utc", "domain": ["2026-06-01T12:00:00Z", "2026-06-08T12:00:00Z"]}
    assert f"{votes:,}" in bar["tip"]


def test_a_bar_of_the_running_hour_ends_now(answers: Answers, english: Texts) -> None:
    bars = insights.votes_over_time(answers, english, SPAN) + insights.answers_over_time(
        answers, english, SPAN
    )
    assert all(bar["time"] < bar["until"] <= insights.axis(SPAN)[1] for bar in bars)


def test_made_up_days_answer_every_chart_as_the_database_would(answers: Answers, korean: Texts) -> None:
    invented = made_up_days(SPAN)
    assert set(invented) == set(QUESTIONS)
    assert not insights.is_empty(invented)
    for rows in (
        insights.votes_over_time(invented, korean, SPAN),
        insights.like_ratio_over_time(invented, korean),
        insights.answers_over_time(invented, korean, SPAN),
        insights.latency_over_time(invented, korean),
        insights.ratio_by_version(invented, korean),
        insights.corrections(invented, korean),
        insights.releases(invented, korean, SPAN),
    ):
        assert rows
    assert [figure.value for figure in insights.figures(invented, korean)].count(insights.NOTHING) == 0


def test_a_stack_without_photos_is_empty() -> None:
    assert insights.is_empty({name: [] for name in QUESTIONS})
    assert insights.is_empty({"coverage": [{"Predictions": 0}]})
