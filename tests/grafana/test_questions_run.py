"""Every question runs as Grafana's reader on a real Postgres, empty or not, in any time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.questions import Row, ask, questions

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
ZONES = ("UTC", "Asia/Seoul", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
ALWAYS_ONE_ROW = {
    "like_ratio",
    "total_votes",
    "coverage",
    "unsure_and_unusable",
    "answer_drift",
    "quality_drift",
    "latency_summary",
    "production_version",
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


def asked(reader: Connection, name: str, *, days: float = 14, zone: str = "Asia/Seoul") -> list[Row]:
    until = datetime.now(UTC)
    return ask(
        reader,
        name,
        since=until - timedelta(days=days),
        until=until,
        time_zone=zone,
        parameters={"minimum_n": "5"},
    )


def test_every_question_runs_on_an_empty_database(reader: Connection) -> None:
    counts = {name: len(asked(reader, name)) for name in questions()}
    assert counts == {name: int(name in ALWAYS_ONE_ROW) for name in questions()}


@pytest.mark.usefixtures("small_history")
def test_questions_find_something_in_a_small_history(reader: Connection) -> None:
    silent = {name for name in questions() if not asked(reader, name)}
    assert silent <= {"rule_model_refused", "rule_new_version_worse", "dislike_ratio_by_version"}


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
    with owner.cursor() as cursor:
        cursor.execute(REVIEW_ALL)
        cursor.execute("SELECT count(*), avg(is_right::integer) FROM monitoring.audits WHERE is_sample")
        (drawn, share) = cursor.fetchone() or (0, 0)
    [row] = asked(reader, "audited_accuracy", days=40)[:1]
    assert (row["Reviewed"], row["Right in the sample"]) == (drawn, pytest.approx(float(share)))


@pytest.mark.usefixtures("small_history")
def test_a_demonstration_waits_for_no_reviewer(owner: Connection, reader: Connection) -> None:
    [before] = asked(reader, "open_corrections")
    with owner.cursor() as cursor:
        cursor.execute(
            "UPDATE predictions SET is_demo = true WHERE id IN (SELECT prediction_id FROM corrections"
            " WHERE NOT EXISTS (SELECT FROM reviews WHERE reviews.prediction_id = corrections.prediction_id)"
            " LIMIT 3)"
        )
    [after] = asked(reader, "open_corrections")
    assert after["Waiting"] == before["Waiting"] - 3
