"""How long every question of the boards and pages takes, over a hundred thousand votes and over ten million.

    python -m benchmarks.data_panels [SMALL] [LARGE]

Half a year of votes, one on each prediction, three model versions, all answers and sources. Each question is
asked as Grafana's reader, warm: the median of nine, after one that is thrown away, over 24 hours, 7 days and
180 days; once by the clock, once by the time that the server was on a processor, which other programs on the
same machine hardly change. The last votes are pending, as they are between two runs of the job. Alert rules
have windows of their own: benchmarks/grafana_queries.py measures those.
"""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import psycopg2

from benchmarks.data_cluster import Scratch, scratch_database
from tyreloop.questions import ask, questions
from tyreloop.store.counts import recount
from tyreloop.store.db import Database

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
    scratch.do("VACUUM (ANALYZE)")
    scratch.do(LATEST.format(pending=PENDING))
    for table in ("hourly_votes", "hourly_predictions", "hourly_latency", "pending_votes"):
        print(f"  {table}: {scratch.one(f'SELECT count(*) FROM {table}'):,} rows")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Cost:
    """What one question takes: from here, and of the server's processor alone."""

    wall_ms: float
    server_ms: float


def costs(reader_dsn: dict[str, Any]) -> dict[tuple[str, str], Cost]:
    found = {}
    with closing(psycopg2.connect(**reader_dsn)) as reader:
        reader.autocommit = True
        for name in (name for name in sorted(questions()) if not name.startswith("rule_")):
            for span, days in RANGES.items():
                runs = [cost_of(reader, name, days) for _ in range(10)][1:]
                wall, server = (median(figures) for figures in zip(*runs, strict=True))
                found[name, span] = Cost(wall, server)
    return found


def cost_of(reader: Any, name: str, days: int) -> tuple[float, float]:
    until, pid = datetime.now(UTC), reader.info.backend_pid
    start, used = perf_counter(), processor_ms(pid)
    ask(
        reader,
        name,
        since=until - timedelta(days=days),
        until=until,
        time_zone="Asia/Seoul",
        parameters={"minimum_n": "5"},
    )
    return (perf_counter() - start) * 1000, processor_ms(pid) - used


def processor_ms(pid: int) -> float:
    """How long a process has been on a processor: what others do meanwhile does not count."""
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e6


def main(small: int, large: int) -> None:
    figures = []
    for rows in (small, large):
        with scratch_database() as scratch:
            fill(scratch, rows)
            figures.append(costs(scratch.reader))
    report(small, large, *figures)


def report(
    small: int, large: int, few: dict[tuple[str, str], Cost], many: dict[tuple[str, str], Cost]
) -> None:
    print(f"{'question':32} {'span':6} {small:>12,} {large:>12,}  ratio   (server's processor, ms; wall, ms)")
    for place, after in many.items():
        before = few[place]
        ratio = after.server_ms / before.server_ms
        print(
            f"{place[0]:32} {place[1]:6} {before.server_ms:12.1f} {after.server_ms:12.1f}  {ratio:5.1f}"
            f"   {before.wall_ms:.1f} {after.wall_ms:.1f}"
        )
    print(f"slowest over {large:,}: {max(cost.server_ms for cost in many.values()):.1f} ms of the server")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*(given or [100_000, 10_000_000]))
