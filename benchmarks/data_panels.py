"""How long every chart and every alert rule takes, over a hundred thousand votes and over ten million.

    python -m benchmarks.data_panels [SMALL] [LARGE]

Half a year of votes, one on each prediction, three model versions, all answers and sources; a year of
service hours and two days of service minutes. Each chart is asked as Grafana's reader, warm: the median of
nine, after one that is thrown away, over 24 hours, 7 days and 180 days, each rule over its own window. Once
by the clock, once by the time that the server was on a processor, which other programs hardly change. The
last votes are pending, as they are between two runs of the job. Limits hold over 7 days, and for rules.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import psycopg2

from benchmarks.data_cluster import Scratch, scratch_database
from tyreloop.monitoring.charts import ask
from tyreloop.monitoring.grafana_files import boards
from tyreloop.monitoring.rules import rules
from tyreloop.settings import Settings
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
# Two days of minutes and a year of hours, six busy routes and six stages, eight buckets each. One correction
# in sixteen is reviewed, the others wait.
SERVICE = """
INSERT INTO route_minutes
SELECT date_trunc('minute', now()) - n * interval '1 minute', '/v1/route-' || route, 40, n % 50 / 49
FROM generate_series(1, 2880) AS n, generate_series(1, 6) AS route;
INSERT INTO route_hours
SELECT date_trunc('hour', now()) - n * interval '1 hour', '/v1/route-' || route, 2400, 10
FROM generate_series(1, 8760) AS n, generate_series(1, 6) AS route;
INSERT INTO service_latency
SELECT date_trunc('minute', now()) - n * interval '1 minute', kind, kind || name, bucket * 25, 5
FROM generate_series(1, 2880) AS n, unnest(ARRAY['route', 'stage']) AS kind, generate_series(1, 6) AS name,
     generate_series(1, 8) AS bucket;
INSERT INTO service_latency_hours
SELECT date_trunc('hour', now()) - n * interval '1 hour', kind, kind || name, bucket * 25, 300
FROM generate_series(1, 8760) AS n, unnest(ARRAY['route', 'stage']) AS kind, generate_series(1, 6) AS name,
     generate_series(1, 8) AS bucket;
INSERT INTO service_gauges
SELECT date_trunc('minute', now()) - n * interval '1 minute', gauge, 0
FROM generate_series(1, 50400) AS n,
     unnest(ARRAY['outbox_entries', 'outbox_oldest_seconds', 'waiting', 'working', 'up',
     'conflict_with', 'model_version', 'models_refused', 'registry_answers']) AS gauge;
INSERT INTO releases (model_name, from_version, to_version, kind, released_by, released_at, state)
SELECT 'tyre-defect', n, n + 1, 'promotion', 'Ola', now() - (3 - n) * interval '20 days' - interval '1 day',
       'served'
FROM generate_series(0, 2) AS n;
INSERT INTO reviews (prediction_id, visitor, decision, label, reviewer, reviewed_at)
SELECT prediction_id, visitor, 'accepted', label, 'Rae', given_at + interval '1 day'
FROM corrections WHERE prediction_id::text LIKE '%377';
VACUUM (ANALYZE)
"""
# Limits in milliseconds: what may read single rows, and what reads counts.
RAW = {"audited_accuracy", "latest_dislikes", "open_corrections", "last_vote_age"}
RAW |= {"rule_dislike_ratio", "rule_traffic_drop", "rule_silence", "rule_slow_answers"}
RAW_MS, FAST_MS = 250, 25


def fill(scratch: Scratch, rows: int) -> None:
    for first in range(1, rows + 1, BATCH):
        last = min(first + BATCH - 1, rows)
        scratch.do(FILL.format(rows=rows, first=first, last=last))
    scratch.do(FEW_CORRECTIONS)
    with closing(Database(scratch.owner, statement_seconds=3600)) as database:
        start = perf_counter()
        recount(database)
        print(f"{rows:,} votes: recounted from the rows in {perf_counter() - start:.1f} s", flush=True)
    scratch.do(SERVICE)
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
        for name, span, window, minimum_n in asked():
            runs = [cost_of(reader, name, window, minimum_n) for _ in range(10)][1:]
            wall, server = (median(figures) for figures in zip(*runs, strict=True))
            found[name, span] = Cost(wall, server)
    return found


def asked() -> Iterator[tuple[str, str, timedelta, int | None]]:
    """What panels draw, over each range; what rules judge, over their windows."""
    drawn = {panel["chart"] for board in boards().values() for panel in board["panels"]}
    for name in sorted(drawn | {"releases", "model_versions", "time_zone", "served_version"}):
        for span, days in RANGES.items():
            yield name, span, timedelta(days=days), None
    for rule in rules(Settings.model_construct()):
        yield rule.chart, "own", rule.window, rule.minimum_n


def cost_of(reader: Any, name: str, window: timedelta, minimum_n: int | None) -> tuple[float, float]:
    until, pid = datetime.now(UTC), reader.info.backend_pid
    start, used = perf_counter(), processor_ms(pid)
    ask(reader, name, since=until - window, until=until, time_zone="Asia/Seoul", minimum_n=minimum_n)
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
    late = [
        f"{name} ({cost.server_ms:.1f} ms)"
        for (name, span), cost in many.items()
        if span in ("7 d", "own") and cost.server_ms > (RAW_MS if name in RAW else FAST_MS)
    ]
    print(f"over their limit by the server's processor: {', '.join(late) or 'none'}")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*(given or [100_000, 10_000_000]))
