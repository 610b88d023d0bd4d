"""The charts' counts are what the rows say, at every moment."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

from tests.contract.people import a_key, a_verdict, at, dislike, like, prediction_of
from tests.fakes import LastWords
from tyreloop.domain.feedback import Correction, Label, Vote
from tyreloop.domain.photos import Answer, ModelRef, Prediction, Source, UnusableReason, new_visitor
from tyreloop.ports import Feedback
from tyreloop.store.counts import recount, roll_up
from tyreloop.store.db import Database
from tyreloop.store.feedback import PostgresCorrections, PostgresVotes
from tyreloop.store.photos import PostgresPredictions

VOTES_IN_CHARTS = """
SELECT extract(epoch FROM hour)::bigint AS hour, model_version, answer, source, sum(likes)::int AS likes,
       sum(dislikes)::int AS dislikes
FROM monitoring.hourly_sources GROUP BY 1, 2, 3, 4 HAVING sum(likes) <> 0 OR sum(dislikes) <> 0
"""

ANYTHING_IN_CHARTS = """
SELECT 1 FROM monitoring.hourly_votes UNION ALL SELECT 1 FROM monitoring.hourly_predictions
UNION ALL SELECT 1 FROM monitoring.hourly_sources UNION ALL SELECT 1 FROM monitoring.hourly_latency
UNION ALL SELECT 1 FROM monitoring.hourly_corrections UNION ALL SELECT 1 FROM monitoring.latest_votes
UNION ALL SELECT 1 FROM monitoring.latest_predictions
"""


def rows_of(database: Database, sql: str) -> list[dict[str, Any]]:
    def read(connection: Any) -> list[dict[str, Any]]:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return [dict(row) for row in cursor.fetchall()]

    return database.ask(read)


def change(database: Database, sql: str) -> None:
    database.ask(lambda connection: connection.cursor().execute(sql))


def votes_in_charts(database: Database) -> Counter[tuple[Any, ...]]:
    counts: Counter[tuple[Any, ...]] = Counter()
    for row in rows_of(database, VOTES_IN_CHARTS):
        place = (row["hour"], int(row["model_version"]), row["answer"], row["source"])
        counts[(*place, True)] += row["likes"]
        counts[(*place, False)] += row["dislikes"]
    return +counts


TOTALS = """
SELECT (SELECT sum(likes) FROM monitoring.hourly_votes) AS likes,
       (SELECT sum(likes) FROM monitoring.hourly_sources) AS likes_by_source,
       (SELECT sum(predictions) FROM monitoring.hourly_predictions) AS predictions,
       (SELECT sum(predictions) FROM monitoring.hourly_sources) AS predictions_by_source,
       (SELECT sum(predictions) FROM monitoring.hourly_latency) AS timed
"""


def votes_that_stand(twin: LastWords, predictions: list[Prediction]) -> Counter[tuple[Any, ...]]:
    counts: Counter[tuple[Any, ...]] = Counter()
    for prediction in predictions:
        if vote := twin.get(prediction.id, prediction.visitor):
            hour = int(vote.cast_at.replace(minute=0, second=0).timestamp())
            place = (prediction.model.version, prediction.answer.value, prediction.source.value)
            counts[(hour, *place, vote.liked)] += 1
    return counts


def any_prediction(random: Random) -> Prediction:
    return prediction_of(
        new_visitor(),
        model=ModelRef("tyre-defect", random.randint(1, 3)),
        verdict=a_verdict(random.choice([Answer.GOOD, Answer.DEFECTIVE, Answer.UNSURE])),
        source=random.choice([Source.UI, Source.API]),
    )


def say_anything(random: Random, about: Prediction, *everywhere: Feedback[Vote]) -> None:
    """A vote or a retraction at any moment of ten hours: most are late, changed or taken back."""
    key, moment, liked = a_key(), at(random.randrange(600)), random.choice([True, False, None])
    for votes in everywhere:
        if liked is None:
            votes.withdraw(about.id, about.visitor, at=moment, key=key)
        else:
            votes.save(Vote(about.id, about.visitor, liked, moment), key=key)


def test_charts_are_exact_whatever_arrives_late_changes_or_goes(database: Database) -> None:
    random, stored, votes = Random(7), PostgresPredictions(database), PostgresVotes(database)
    twin, predictions = LastWords(), [any_prediction(random) for _ in range(12)]
    for prediction in predictions:
        stored.add(prediction)
    for _ in range(150):
        say_anything(random, random.choice(predictions), votes, twin)
        if random.random() < 0.1:
            roll_up(database)
        assert votes_in_charts(database) == votes_that_stand(twin, predictions)
    roll_up(database)
    assert votes_in_charts(database) == votes_that_stand(twin, predictions)
    assert rows_of(database, "SELECT 1 FROM pending_votes") == []
    (totals,) = rows_of(database, TOTALS)
    assert totals["likes"] == totals["likes_by_source"]
    assert totals["predictions"] == totals["predictions_by_source"] == totals["timed"] == 12
    assert recount(database) == 0


def test_predictions_are_counted_by_answer_reason_and_latency(database: Database) -> None:
    stored = PostgresPredictions(database)
    too_dark = a_verdict(Answer.UNUSABLE, UnusableReason.TOO_DARK)
    slow = replace(a_verdict(), timings_ms={"forward": 420.0})
    stored.add(prediction_of(new_visitor(), verdict=too_dark))
    roll_up(database)
    stored.add(prediction_of(new_visitor(), verdict=slow))
    counted = rows_of(
        database, "SELECT answer, unusable_reason, predictions FROM monitoring.hourly_predictions"
    )
    assert sorted((row["answer"], row["unusable_reason"], row["predictions"]) for row in counted) == [
        ("defective", "", 1),
        ("unusable", "too_dark", 1),
    ]
    latency = rows_of(database, "SELECT latency_below_ms, predictions FROM monitoring.hourly_latency")
    assert sorted((row["latency_below_ms"], row["predictions"]) for row in latency) == [(25, 1), (500, 1)]


def test_corrections_are_counted_against_the_answer(database: Database) -> None:
    stored, corrections = PostgresPredictions(database), PostgresCorrections(database)
    prediction = prediction_of(new_visitor())
    stored.add(prediction)
    for minute, label in ((1, Label.UNKNOWN), (2, Label.GOOD)):
        correction = Correction(prediction.id, prediction.visitor, label, at(minute))
        corrections.save(correction, key=a_key())
        roll_up(database)
    counted = rows_of(database, "SELECT * FROM monitoring.hourly_corrections WHERE corrections <> 0")
    assert [(row["answer"], row["label"], row["corrections"]) for row in counted] == [
        ("defective", "good", 1)
    ]


def test_made_up_votes_are_never_among_the_real_ones(database: Database) -> None:
    stored, votes = PostgresPredictions(database), PostgresVotes(database)
    made_up = prediction_of(new_visitor(), is_demo=True)
    stored.add(made_up)
    votes.save(like(made_up), key=a_key())
    for _ in ("while pending", "when rolled up"):
        assert rows_of(database, ANYTHING_IN_CHARTS) == []
        assert len(rows_of(database, "SELECT * FROM monitoring.hourly_votes_with_demo WHERE is_demo")) == 1
        roll_up(database)


def test_a_recount_mends_what_went_wrong_and_says_how_much(database: Database) -> None:
    stored, votes = PostgresPredictions(database), PostgresVotes(database)
    prediction = prediction_of(new_visitor())
    stored.add(prediction)
    votes.save(dislike(prediction), key=a_key())
    roll_up(database)
    change(database, "UPDATE hourly_votes SET dislikes = 41")
    change(database, "DELETE FROM hourly_latency")
    assert recount(database) == 2
    assert recount(database) == 0
    assert rows_of(database, "SELECT dislikes FROM monitoring.hourly_votes") == [{"dislikes": 1}]


def test_percentiles_come_from_the_buckets(database: Database) -> None:
    sql = "SELECT monitoring.percentile_of(0.5, ARRAY[10, 20, 20], ARRAY[10, 5, 5]::bigint[]) AS p50"
    assert rows_of(database, sql) == [{"p50": 10.0}]
    sql = "SELECT monitoring.percentile_of(0.75, ARRAY[10, 20, 20], ARRAY[10, 5, 5]::bigint[]) AS p75"
    assert rows_of(database, sql) == [{"p75": 15.0}]
    sql = "SELECT monitoring.percentile_of(0.5, NULL, NULL) AS p50"
    assert rows_of(database, sql) == [{"p50": None}]
