"""What a page gets when it asks: local times, filled gaps, chosen versions and answers only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.questions import Row, ask, question, questions
from tyreloop.questions.catalogue import UnknownQuestion, parse

DAY = timedelta(days=1)


def votes_per_hour(reader: Connection, *, versions: list[int] | None = None) -> list[Row]:
    until = datetime.now(UTC)
    return ask(
        reader, "votes_per_hour", since=until - DAY, until=until, versions=versions, time_zone="Asia/Seoul"
    )


@pytest.mark.usefixtures("small_history")
def test_hours_without_votes_are_filled_with_zero(reader: Connection) -> None:
    rows = votes_per_hour(reader)
    steps = {after["time"] - before["time"] for before, after in pairwise(rows)}
    assert steps == {timedelta(hours=1)}
    assert {row["time"].tzinfo for row in rows} == {ZoneInfo("Asia/Seoul")}
    assert any(row["Likes"] == 0 for row in rows)


@pytest.mark.usefixtures("small_history")
def test_only_the_chosen_version_is_counted(reader: Connection) -> None:
    assert sum(row["Likes"] for row in votes_per_hour(reader, versions=[2])) > 0
    assert votes_per_hour(reader, versions=[1]) == []  # it was replaced ten days ago


@pytest.mark.usefixtures("small_history")
def test_only_the_chosen_answers_are_counted(reader: Connection) -> None:
    until = datetime.now(UTC)
    rows = ask(reader, "answers_compared", since=until - 9 * DAY, until=until, answers=["good", "unsure"])
    assert {row["Answer"] for row in rows} == {"good", "unsure"}


@pytest.mark.usefixtures("small_history")
def test_a_wilson_interval_holds_the_ratio_and_narrows_with_votes(reader: Connection) -> None:
    until = datetime.now(UTC)
    few, many = (
        ask(reader, "versions_compared", since=until - days, until=until, versions=[2])[0]
        for days in (2 * DAY, 9 * DAY)
    )
    assert all(row["Low"] < row["Like ratio"] < row["High"] for row in (few, many))
    assert few["High"] - few["Low"] > many["High"] - many["Low"]


@pytest.mark.usefixtures("small_history")
def test_the_moving_ratio_at_a_moment_is_that_of_the_hours_before(reader: Connection) -> None:
    until = datetime.now(UTC)
    last = ask(reader, "moving_like_ratio", since=until - 3 * DAY, until=until, window="24h")[-1]
    expected = ask(reader, "like_ratio", since=last["time"] - timedelta(hours=23), until=until)[0]
    assert (last["Votes"], last["Like ratio"]) == (expected["Votes"], expected["Like ratio"])


def test_an_unknown_question_is_named() -> None:
    with pytest.raises(UnknownQuestion, match="what_is_love"):
        question("what_is_love")


def test_every_question_has_one_sentence_of_purpose_and_no_comment_inside() -> None:
    for asked in questions().values():
        assert asked.purpose.endswith(".")
        assert "--" not in asked.sql
        assert ";" not in asked.sql


def test_questions_are_told_apart_by_their_headings() -> None:
    first, second = parse("-- name: a\n-- The a.\nSELECT 1;\n\n-- name: b\n-- The b.\nSELECT 2")
    assert (first.name, first.sql, second.purpose) == ("a", "SELECT 1", "The b.")
