"""How long every question of the boards and pages takes, over a hundred thousand votes and over ten million.

    python -m benchmarks.data_panels [SMALL] [LARGE]

Half a year of votes, one on each prediction, three model versions, all answers and sources. Each question is
asked as Grafana's reader, warm: the median of nine, after one that is thrown away, over 24 hours, 7 days and
180 days. The last minute's votes are pending, as they are between two runs of the job.
"""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any

import psycopg2

from benchmarks.data_cluster import Scratch, scratch_database
from tyreloop.adapters.postgres import Database
from tyreloop.adapters.postgres.counts import recount
from tyreloop.questions import ask, questions

DAYS = 180
RANGES = {"24 h": 1, "7 d": 7, "180 d": DAYS}
PENDING = 600
# Visitors come in waves over the day; versions follow each other with some days side by side.
FILL = """
SET session_replication_role = replica;
INSERT INTO photos VALUES (repeat('0', 64), 1, now(), 'gone') ON CONFLICT DO NOTHING;
INSERT INTO predictions
SELECT lpad(to_hex(n), 32, '0')::uuid, repeat('0', 64), 'visitor-' || n, 'tyre-defect',
       1 + floor(3 * (1 - age) * 0.999 + 0.1 * random())::integer % 3, answer,
       CASE answer WHEN 'unusable'
           THEN (ARRAY['not_a_tyre', 'too_dark', 'too_blurred', 'too_small'])[1 + n % 4] END,
       jsonb_build_object('good', 0.5), jsonb_build_object(), 20 + 60 * random() * random(),
       (ARRAY['ui', 'ui', 'ui', 'api', 'batch'])[1 + n % 5], 'r', false, now() - interval '180 days' * age
FROM (
    SELECT n, 1 - n / {rows}.0 AS age,
           (ARRAY['good', 'good', 'good', 'defective', 'unsure', 'unusable'])
               [1 + floor(random() * 6)::integer] AS answer
    FROM generate_series({first}, {last}) AS n
) AS made;
INSERT INTO votes
SELECT id, visitor, random() < 0.75, ARRAY[]::text[], '', made_at + interval '9 seconds' * random()
FROM predictions
WHERE id BETWEEN lpad(to_hex({first}), 32, '0')::uuid AND lpad(to_hex({last}), 32, '0')::uuid
"""
FEW_CORRECTIONS = """
SET session_replication_role = replica;
INSERT INTO corrections SELECT prediction_id, visitor, 'good', NULL, NULL, cast_at FROM votes
WHERE prediction_id::text LIKE '%77' AND NOT liked
"""
LATEST = """
UPDATE votes SET liked = NOT liked WHERE prediction_id IN (
    SELECT prediction_id FROM votes ORDER BY cast_at DESC LIMIT {pending}
)
"""
BATCH = 1_000_000


def fill(scratch: Scratch, rows: int) -> None:
    for first in range(1, rows + 1, BATCH):
        last = min(first + BATCH - 1, rows)
        scratch.do(FILL.format(rows=rows, first=first, last=last))
    scratch.do(FEW_CORRECTIONS)
    with closing(Database(scratch.owner, statement_seconds=3600)) as database:
        start = perf_counter()
        recount(database)
        print(f"{rows:,} votes: recounted from the rows in {perf_counter() - start:.1f} s", flush=True)
        assert recount(database) == 0
    scratch.do("VACUUM (ANALYZE)")
    scratch.do(LATEST.format(pending=PENDING))
    for table in ("hourly_votes", "hourly_predictions", "hourly_latency", "pending_votes"):
        print(f"  {table}: {scratch.one(f'SELECT count(*) FROM {table}'):,} rows")  # noqa: S608


def milliseconds(scratch: Scratch) -> dict[tuple[str, str], float]:
    found = {}
    with closing(psycopg2.connect(**scratch.reader)) as reader:
        reader.autocommit = True
        for name in sorted(questions()):
            for span, days in RANGES.items():
                found[name, span] = median([time_of(reader, name, days) for _ in range(10)][1:])
    return found


def time_of(reader: Any, name: str, days: int) -> float:
    until = datetime.now(UTC)
    start = perf_counter()
    ask(
        reader,
        name,
        since=until - timedelta(days=days),
        until=until,
        time_zone="Asia/Seoul",
        parameters={"minimum_n": "5"},
    )
    return (perf_counter() - start) * 1000


def main(small: int, large: int) -> None:
    figures = []
    for rows in (small, large):
        with scratch_database() as scratch:
            fill(scratch, rows)
            figures.append(milliseconds(scratch))
    few, many = figures
    print(f"{'question':32} {'span':6} {small:>12,} {large:>12,}  ratio")
    for name, span in many:
        ratio = many[name, span] / few[name, span]
        print(f"{name:32} {span:6} {few[name, span]:9.1f} ms {many[name, span]:9.1f} ms  {ratio:5.1f}")
    print(f"slowest over {large:,}: {max(many.values()):.1f} ms")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*(given or [100_000, 10_000_000]))
