"""Each chart on a real Postgres, asked as Grafana's reader: empty or not, in any zone, for any choice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.monitoring.charts import FILE, Row, UnknownChart, ask, call, charts, step_for
from tyreloop.store.db import Database
from tyreloop.store.reviews import PostgresReviews

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# Two thousand answers, all reviewed: outside the sample the model is always wrong, inside it mostly right.
REVIEW_ALL = """
DELETE FROM reviews;
INSERT INTO predictions (id, photo_id, visitor, model_name, model_version, answer, probabilities, timings_ms,
                         latency_ms, source, request_id, made_at)
SELECT gen_random_uuid(), (SELECT min(id) FROM photos), 'v', 'tyre-defect', 2, 'good', '{}', '{}', 9, 'ui',
       'r', now()
FROM generate_series(1, 2000);
INSERT INTO reviews (prediction_id, visitor, decision, label, reviewer, reviewed_at)
SELECT id, visitor, 'accepted', CASE WHEN audit_place(id) < 0.015 THEN 'good' ELSE 'defective' END, 'Rae',
       now()
FROM predictions WHERE visitor = 'v'
"""
# An answer of the sample that was no verdict: of it nobody can say that it was right or wrong.
REVIEW_UNSURE = """
UPDATE predictions SET answer = 'unsure' WHERE id IN (
    SELECT id FROM predictions WHERE visitor = 'v' AND audit_place(id) < 0.02 LIMIT 5)
"""
NEW_VERSION = """
INSERT INTO predictions (id, photo_id, visitor, model_name, model_version, answer, probabilities, timings_ms,
                         latency_ms, source, request_id, made_at)
SELECT gen_random_uuid(), (SELECT min(id) FROM photos), 'new', 'tyre-defect', 3, 'good', '{}', '{}', 9, 'ui',
       'r', %(at)s
FROM generate_series(1, 9);
INSERT INTO votes (prediction_id, visitor, liked, cast_at)
SELECT id, visitor, false, made_at FROM predictions WHERE visitor = 'new'
"""
# As many photos today as in the week before, with other answers.
BOTH_SIDES = """
DELETE FROM predictions;
DELETE FROM pending_predictions;
INSERT INTO photos (id, byte_count, uploaded_at) VALUES (repeat('a', 64), 1, now()) ON CONFLICT DO NOTHING;
INSERT INTO predictions (id, photo_id, visitor, model_name, model_version, answer, unusable_reason,
                         probabilities, timings_ms, latency_ms, source, request_id, made_at)
SELECT gen_random_uuid(), repeat('a', 64), 'v', 'tyre-defect', 1,
       CASE WHEN n %% 2 = 0 THEN 'good' ELSE 'unusable' END, CASE WHEN n %% 2 = 1 THEN 'too_dark' END,
       '{}', '{}', 9, 'ui', 'r', now() - (n %% 2) * interval '3 days' - interval '2 hours'
FROM generate_series(1, 2 * %(photos)s) AS n
"""
ALWAYS_ONE_ROW = {
    "like_ratio",
    "total_votes",
    "coverage",
    "unsure_and_unusable",
    "answer_drift",
    "quality_drift",
    "latency_summary",
    "served_version",
    "time_zone",
    "error_ratio",
    "open_corrections",
    "rule_traffic_drop",
    "rule_silence",
    "rule_slow_answers",
    "rule_errors",
    "rule_answer_drift",
    "rule_production_conflict",
    "rule_write_failures",
    "rule_outbox_stuck",
}
SHARED = {"votes", "photos", "steps", "audited", "route_counts", "slowest_twentieth", "gauge_of_late"}
OF_POSTGRES = ("generate_series", "jsonb_array_elements", "unnest")
ASKED = sorted(charts().keys() - SHARED)


def asked(
    reader: Connection,
    name: str,
    *,
    days: float = 14,
    zone: str = "Asia/Seoul",
    until: datetime | None = None,
    versions: list[int] | None = None,
) -> list[Row]:
    until = until or datetime.now(UTC)
    since = until - timedelta(days=days)
    return ask(reader, name, since=since, until=until, time_zone=zone, versions=versions, minimum_n=5)


def do(owner: Connection, sql: str, values: Mapping[str, object] | None = None) -> None:
    with owner.cursor() as cursor:
        cursor.execute(sql, values)


def test_every_chart_can_be_asked_of_an_empty_database(reader: Connection) -> None:
    counts = {name: len(asked(reader, name)) for name in ASKED}
    assert counts == {name: int(name in ALWAYS_ONE_ROW) for name in ASKED}


@pytest.mark.usefixtures("small_history")
def test_charts_find_something_in_a_small_history(reader: Connection) -> None:
    silent = {name for name in ASKED if not asked(reader, name)}
    assert silent <= {"rule_model_refused", "rule_new_version_worse", "dislike_ratio_by_version"}


def test_postgres_puts_each_chart_in_the_place_of_its_call(reader: Connection) -> None:
    until = datetime.now(UTC)
    given = {
        "since": f"'{until - 7 * DAY}'", "until": f"'{until}'", "versions": "ARRAY['all']", "step": "'1h'",
        "answers": "ARRAY['all']", "zone": "'UTC'", "moving": "'24h'", "minimum_n": "5",
    }  # fmt: skip
    with reader.cursor() as cursor:
        for name in ASKED:
            cursor.execute(f"EXPLAIN {call(name, given)}")
            scans = [line for (line,) in cursor.fetchall() if "Function Scan on" in line]
            own = [line for line in scans if not any(f"on {builtin}" in line for builtin in OF_POSTGRES)]
            assert own == [], name


NAMED_AND_REVIEWED = """
UPDATE predictions SET kinds = '[{"kind": "crack", "probability": 0.9, "is_sure": true},
                                 {"kind": "bulge", "probability": 0.2, "is_sure": false}]'
WHERE id IN (SELECT id FROM predictions ORDER BY made_at DESC LIMIT 3);
DELETE FROM reviews;
INSERT INTO reviews (prediction_id, visitor, decision, label, kinds, reviewer, reviewed_at)
SELECT id, visitor, 'accepted', 'defective', CASE WHEN number = 1 THEN '{crack}' ELSE '{cut}' END::text[],
       'Rae', now()
FROM (SELECT *, row_number() OVER (ORDER BY made_at DESC) AS number FROM predictions) AS latest
WHERE number <= 2
"""


@pytest.mark.usefixtures("small_history")
def test_kinds_are_counted_as_named_confirmed_and_missed(owner: Connection, reader: Connection) -> None:
    do(owner, "UPDATE predictions SET kinds = '[]', is_demo = false")
    do(owner, NAMED_AND_REVIEWED)
    rows = {row["Kind"]: row for row in asked(reader, "kinds_of_damage", days=4000)}
    assert rows == {
        "crack": {"Kind": "crack", "Named": 3, "Reviewed": 2, "Confirmed": 0.5, "Missed": 0},
        "cut": {"Kind": "cut", "Named": 0, "Reviewed": 0, "Confirmed": None, "Missed": 1},
    }


def test_an_unknown_chart_is_named() -> None:
    with pytest.raises(UnknownChart, match="what_is_love"):
        call("what_is_love", {})


def test_every_function_has_one_sentence_of_purpose() -> None:
    parts = FILE.read_text(encoding="utf-8").split("\nCREATE FUNCTION ")
    for before, after in pairwise(parts):
        assert before.splitlines()[-1].startswith("-- "), after.split("(")[0]
        assert before.splitlines()[-1].endswith("."), after.split("(")[0]


@pytest.mark.usefixtures("small_history")
def test_hours_without_votes_are_filled_with_zero(reader: Connection) -> None:
    rows = asked(reader, "votes_per_hour", days=1)
    steps = {after["time"] - before["time"] for before, after in pairwise(rows)}
    assert steps == {HOUR}
    assert {row["time"].tzinfo for row in rows} == {ZoneInfo("Asia/Seoul")}
    assert any(row["Likes"] == 0 for row in rows)


@pytest.mark.usefixtures("small_history")
def test_only_the_chosen_version_is_counted(reader: Connection) -> None:
    assert sum(row["Likes"] for row in asked(reader, "votes_per_hour", days=1, versions=[2])) > 0
    assert asked(reader, "votes_per_hour", days=1, versions=[1]) == []  # it was replaced ten days ago


@pytest.mark.usefixtures("small_history")
def test_only_the_chosen_answers_are_counted(reader: Connection) -> None:
    until = datetime.now(UTC)
    rows = ask(reader, "answers_compared", since=until - 9 * DAY, until=until, answers=["good", "unsure"])
    assert {row["Answer"] for row in rows} == {"good", "unsure"}


@pytest.mark.usefixtures("small_history")
def test_a_wilson_interval_holds_the_ratio_and_narrows_with_votes(reader: Connection) -> None:
    few, many = (asked(reader, "versions_compared", days=days, versions=[2])[0] for days in (2, 9))
    assert all(row["Low"] < row["Like ratio"] < row["High"] for row in (few, many))
    assert few["High"] - few["Low"] > many["High"] - many["Low"]


@pytest.mark.usefixtures("small_history")
def test_the_moving_ratio_at_a_moment_is_that_of_the_hours_before(reader: Connection) -> None:
    last = asked(reader, "moving_like_ratio", days=3, until=datetime.now(UTC) - 2 * HOUR)[-2]
    [expected] = ask(reader, "like_ratio", since=last["time"] - DAY, until=last["time"] - HOUR)
    assert (last["Votes"], last["Like ratio"]) == (expected["Votes"], expected["Like ratio"])


@pytest.mark.usefixtures("small_history")
def test_points_stand_where_what_they_tell_is_known(owner: Connection, reader: Connection) -> None:
    """A point of a new version's first hour lies after the release that caused it, and none lies ahead."""
    now = datetime.now(UTC)
    released = now - 5 * HOUR - timedelta(minutes=25)
    do(owner, NEW_VERSION, {"at": released + timedelta(minutes=1)})
    for name in ("moving_like_ratio", "dislike_ratio_by_version", "latency"):
        times = [row["time"] for row in asked(reader, name, days=1, versions=[3], until=now)]
        assert times, name
        assert all(released < time <= now for time in times), name


@pytest.mark.parametrize(
    "zone", ["UTC", "Asia/Seoul", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
)
@pytest.mark.usefixtures("small_history")
def test_local_days_begin_at_local_midnight(reader: Connection, zone: str) -> None:
    days = asked(reader, "daily_like_ratio", zone=zone)
    assert {day["time"].hour for day in days} == {0}
    assert sum(day["Votes"] for day in days) == asked(reader, "like_ratio")[0]["Votes"]


@pytest.mark.usefixtures("small_history")
def test_accuracy_is_that_of_the_answers_drawn_at_random(owner: Connection, reader: Connection) -> None:
    do(owner, REVIEW_ALL)
    with owner.cursor() as cursor:
        cursor.execute("SELECT count(*), avg(is_right::integer) FROM monitoring.audits WHERE is_sample")
        (drawn, share) = cursor.fetchone() or (0, 0)
    [row] = asked(reader, "audited_accuracy", days=40)[:1]
    assert (row["Reviewed"], row["Right in the sample"]) == (drawn, pytest.approx(float(share)))


@pytest.mark.usefixtures("small_history")
def test_the_review_page_and_the_charts_tell_one_accuracy(
    owner: Connection, reader: Connection, database: Database
) -> None:
    do(owner, REVIEW_ALL)
    do(owner, REVIEW_UNSURE)
    right, drawn = PostgresReviews(database).audited(since=datetime.now(UTC) - 40 * DAY)
    rows = [row for row in asked(reader, "audited_accuracy", days=40) if row["Reviewed"]]
    assert drawn == sum(row["Reviewed"] for row in rows) > 0
    assert right == pytest.approx(sum(row["Reviewed"] * row["Right in the sample"] for row in rows))


@pytest.mark.usefixtures("small_history")
def test_a_demonstration_waits_for_no_reviewer(owner: Connection, reader: Connection) -> None:
    [before] = asked(reader, "open_corrections")
    do(
        owner,
        "UPDATE predictions SET is_demo = true WHERE id IN (SELECT prediction_id FROM corrections"
        " WHERE NOT EXISTS (SELECT FROM reviews WHERE reviews.prediction_id = corrections.prediction_id)"
        " LIMIT 3)",
    )
    [after] = asked(reader, "open_corrections")
    assert after["Waiting"] == before["Waiting"] - 3


@pytest.mark.parametrize("name", ["answer_drift", "quality_drift"])
def test_too_few_photos_have_not_drifted(owner: Connection, reader: Connection, name: str) -> None:
    until = datetime.now(UTC)
    for photos, told in ((0, False), (150, False), (250, True)):
        do(owner, BOTH_SIDES, {"photos": photos})
        [row] = ask(reader, name, since=until - DAY, until=until)
        assert (row["Photos"], row["PSI"] is not None) == (photos, told)


@pytest.mark.usefixtures("small_history")
def test_a_version_that_the_service_refused_is_not_marked_as_released(
    owner: Connection, reader: Connection
) -> None:
    do(
        owner,
        "INSERT INTO releases (model_name, from_version, to_version, kind, released_by, released_at, state)"
        " VALUES ('tyre-defect', 2, 3, 'promotion', 'Ola', now() - interval '9 days', 'refused')",
    )
    assert [row["tags"] for row in asked(reader, "releases")] == ["promotion,version 2"]
    times = [row["In Production"] for row in asked(reader, "versions_in_time")]
    assert times == ["Version 1", "Version 2"]
    assert asked(reader, "served_version") == [{"value": 2.0}]


@pytest.mark.usefixtures("small_history")
def test_the_version_that_answers_is_the_one_that_the_service_names(
    owner: Connection, reader: Connection
) -> None:
    assert asked(reader, "served_version") == [{"value": 2.0}]  # of the last release
    do(owner, "INSERT INTO service_gauges VALUES (now() - interval '1 minute', 'model_version', 1)")
    assert asked(reader, "served_version") == [{"value": 1.0}]


@pytest.mark.parametrize("hours", [1, 24, 168, 720, 2160, 9600])
def test_a_step_draws_a_span_with_a_readable_number_of_points(hours: int) -> None:
    step = step_for(timedelta(hours=hours))
    assert step % HOUR == timedelta(0)
    assert hours * HOUR / step <= 400
