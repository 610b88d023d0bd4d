"""Days with a story, judged minute by minute or so: who is paged, when, and how often."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tests.monitoring.conftest import JudgeAt
from tests.monitoring.days import Crowd, people_come, release
from tyreloop.monitoring.messages import Notice

NOON = datetime(2026, 3, 29, 3, 0, tzinfo=UTC)  # noon in Seoul; Europe changes its clocks this night
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)


def told(
    judge_at: JudgeAt, since: datetime, until: datetime, every: timedelta = 5 * MINUTE
) -> Iterator[tuple[str, str, datetime]]:
    """What people were told between two moments."""
    now = since
    while now <= until:
        for notice in judge_at(now):
            yield notice.rule.name, "resolved" if notice.ended_at else "fired", now
        now += every


def of(rule: str, story: Iterable[tuple[str, str, datetime]]) -> list[tuple[str, datetime]]:
    """What people were told about one rule."""
    return [(what, at) for name, what, at in story if name == rule]


def test_a_fresh_install_is_silent(judge_at: JudgeAt) -> None:
    assert list(told(judge_at, NOON, NOON + DAY, 30 * MINUTE)) == []


def test_three_votes_never_alert(judge_at: JudgeAt, connection: Connection) -> None:
    people_come(connection, NOON, HOUR, Crowd(photos_an_hour=3, dislikes=1.0))
    assert list(told(judge_at, NOON, NOON + DAY, 15 * MINUTE)) == []


def test_a_planted_drop_alerts_once_and_resolves_once(judge_at: JudgeAt, connection: Connection) -> None:
    people_come(connection, NOON - 3 * HOUR, 3 * HOUR, Crowd(dislikes=0.15))
    people_come(connection, NOON, 2 * HOUR, Crowd(dislikes=0.6))
    people_come(connection, NOON + 2 * HOUR, 5 * HOUR, Crowd(dislikes=0.05))
    story = list(told(judge_at, NOON, NOON + 6 * HOUR, 2 * MINUTE))
    assert [event[:2] for event in story] == [("dislike-ratio", "fired"), ("dislike-ratio", "resolved")]
    fired, resolved = (at for _, _, at in story)
    assert NOON + 20 * MINUTE < fired <= NOON + HOUR + 15 * MINUTE
    assert fired < resolved <= NOON + 3 * HOUR + 10 * MINUTE


def test_a_ratio_between_the_two_limits_neither_fires_nor_resolves(
    judge_at: JudgeAt, connection: Connection
) -> None:
    people_come(connection, NOON, 3 * HOUR, Crowd(dislikes=0.33))
    assert "dislike-ratio" not in {name for name, _, _ in told(judge_at, NOON + HOUR, NOON + 3 * HOUR)}


def test_a_slow_burn_is_found_below_the_limit_of_the_hour(judge_at: JudgeAt, connection: Connection) -> None:
    people_come(connection, NOON, DAY, Crowd(photos_an_hour=60, dislikes=0.34))
    story = list(told(judge_at, NOON + 20 * HOUR, NOON + DAY, 30 * MINUTE))
    assert [name for name, _, _ in story] == ["dislike-slow-burn"]


def test_a_new_version_that_does_worse_is_named(judge_at: JudgeAt, connection: Connection) -> None:
    people_come(connection, NOON - 2 * DAY, 2 * DAY, Crowd(photos_an_hour=10, dislikes=0.1, version=1))
    release(connection, 2, 1, NOON)
    people_come(connection, NOON, 10 * HOUR, Crowd(photos_an_hour=10, dislikes=0.28, version=2))
    notices: list[Notice] = []
    for hours in range(11):
        notices += judge_at(NOON + hours * HOUR)
    worse = [notice for notice in notices if notice.rule.name == "new-version-worse"]
    assert [notice.reading.labels for notice in worse] == [{"model_version": "2"}]


def test_far_fewer_photos_than_last_week_are_noticed(judge_at: JudgeAt, connection: Connection) -> None:
    people_come(connection, NOON - 7 * DAY, 4 * HOUR, Crowd())
    people_come(connection, NOON, 4 * HOUR, Crowd(photos_an_hour=4))
    story = list(told(judge_at, NOON + 2 * HOUR, NOON + 3 * HOUR))
    assert [event[:2] for event in story] == [("traffic-drop", "fired")]


def test_silence_at_a_busy_time_alerts_and_a_quiet_night_does_not(
    judge_at: JudgeAt, connection: Connection
) -> None:
    for day in range(7):
        people_come(connection, NOON - (7 - day) * DAY, 9 * HOUR, Crowd(photos_an_hour=8))
    night = list(told(judge_at, NOON - 15 * HOUR + 4 * HOUR, NOON + 30 * MINUTE, 15 * MINUTE))
    assert night == []
    silent = {event[:2] for event in told(judge_at, NOON + 3 * HOUR, NOON + 5 * HOUR, 15 * MINUTE)}
    assert ("silence", "fired") in silent


def test_slow_answers_are_noticed(judge_at: JudgeAt, connection: Connection) -> None:
    people_come(connection, NOON, HOUR, Crowd(photos_an_hour=120, latency_ms=900))
    story = list(told(judge_at, NOON + 15 * MINUTE, NOON + HOUR))
    assert [event[:2] for event in story] == [("slow-answers", "fired")]


def test_answers_that_shift_are_noticed(judge_at: JudgeAt, connection: Connection) -> None:
    people_come(connection, NOON - 7 * DAY, 7 * DAY, Crowd(photos_an_hour=4, answer="good"))
    people_come(connection, NOON, DAY, Crowd(photos_an_hour=10, answer="defective"))
    names = {name for name, _, _ in told(judge_at, NOON + 22 * HOUR, NOON + DAY, 30 * MINUTE)}
    assert "answer-drift" in names


def test_a_version_that_is_unsure_about_most_photos_is_named(
    judge_at: JudgeAt, connection: Connection
) -> None:
    people_come(connection, NOON, 5 * HOUR, Crowd(photos_an_hour=5, answer="good", version=4))
    people_come(connection, NOON, 5 * HOUR, Crowd(photos_an_hour=16, answer="unsure", version=4))
    people_come(connection, NOON, 5 * HOUR, Crowd(photos_an_hour=16, answer="good", version=3))
    notices = [notice for hours in range(5) for notice in judge_at(NOON + hours * HOUR)]
    unsure = [notice for notice in notices if notice.rule.name == "unsure-answers"]
    assert [notice.reading.labels for notice in unsure] == [{"model_version": "4"}]
    assert unsure[0].reading.value == pytest.approx(0.76, abs=0.02)


@pytest.mark.parametrize("restarts", [1, 20])
def test_a_restart_does_not_page_again(judge_at: JudgeAt, connection: Connection, restarts: int) -> None:
    people_come(connection, NOON, 2 * HOUR, Crowd(dislikes=0.7))
    first = [
        event for event in told(judge_at, NOON, NOON + HOUR + 20 * MINUTE) if event[0] == "dislike-ratio"
    ]
    again = [name for _ in range(restarts) for name in judge_at(NOON + HOUR + 25 * MINUTE)]
    assert len(first) == 1
    assert again == []
