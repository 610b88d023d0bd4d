"""Simulated days: photos and votes written as if people had been there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

PEOPLE = """
INSERT INTO photos (id, byte_count, uploaded_at) VALUES (repeat('a', 64), 1, now()) ON CONFLICT DO NOTHING;
WITH moments AS (
    SELECT n, %(since)s + n * (%(until)s - %(since)s) / %(photos)s AS at
    FROM generate_series(0, %(photos)s - 1) AS n
), made AS (
    INSERT INTO predictions (id, photo_id, visitor, model_name, model_version, answer, unusable_reason,
                             probabilities, timings_ms, latency_ms, source, request_id, made_at)
    SELECT gen_random_uuid(), repeat('a', 64), 'v' || n, 'tyre-defect', %(version)s, %(answer)s,
           CASE %(answer)s WHEN 'unusable' THEN 'too_dark' END, '{}', '{}', %(latency_ms)s, 'ui', 'r', at
    FROM moments RETURNING id, visitor, made_at
), numbered AS (
    SELECT *, row_number() OVER (ORDER BY made_at) AS n FROM made
)
SELECT count(*) FROM numbered
"""
VOTES = """
INSERT INTO votes (prediction_id, visitor, liked, cast_at)
SELECT id, visitor, n %% 100 >= 100 * %(dislikes)s, made_at FROM (
    SELECT id, visitor, made_at, (row_number() OVER (ORDER BY made_at)) * 37 AS n FROM predictions
    WHERE made_at >= %(since)s AND made_at < %(until)s AND model_version = %(version)s
) AS made ON CONFLICT DO NOTHING
"""
RELEASE = """
INSERT INTO releases (model_name, from_version, to_version, kind, released_by, released_at, state)
VALUES ('tyre-defect', %s, %s, 'promotion', 'Ola', %s, 'served')
"""


@dataclass(frozen=True, slots=True)
class Crowd:
    """How people come: so many photos an hour, each voted on, with this share of dislikes."""

    photos_an_hour: float = 40
    dislikes: float = 0.15
    version: int = 1
    answer: str = "good"
    latency_ms: float = 60


def people_come(connection: Connection, since: datetime, lasting: timedelta, crowd: Crowd) -> None:
    """Photos and votes, evenly spread."""
    photos = round(crowd.photos_an_hour * lasting / timedelta(hours=1))
    values = {
        "since": since, "until": since + lasting, "photos": photos, "dislikes": crowd.dislikes,
        "version": crowd.version, "answer": crowd.answer, "latency_ms": crowd.latency_ms,
    }  # fmt: skip
    with connection, connection.cursor() as cursor:
        cursor.execute(PEOPLE, values)
        cursor.execute(VOTES, values)


def release(connection: Connection, version: int, before: int | None, at: datetime) -> None:
    """Production moves."""
    with connection, connection.cursor() as cursor:
        cursor.execute(RELEASE, (before, version, at))
