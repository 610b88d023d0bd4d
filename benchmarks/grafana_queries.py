"""How long every query of the boards and of the alert rules takes over ten million votes.

    python -m benchmarks.grafana_queries [ROWS]

The queries are taken from the files that Grafana reads and expanded as Grafana expands them; they are sent as
Grafana's reader, warm: the median of nine by the clock, after one that is thrown away, and the mean time of
the server's own processor, which says more on a busy machine. Panels show 7 days, rules their own window.
What may read single rows has a limit of 250 ms, everything else of 25 ms.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean, median
from time import perf_counter
from typing import Any

import psycopg2

from benchmarks.data_cluster import scratch_database
from benchmarks.data_panels import fill
from tyreloop.alerts.catalogue import rules
from tyreloop.boards.boards import BOARDS
from tyreloop.boards.rules_file import rule_sql
from tyreloop.questions import question
from tyreloop.questions.intervals import step_for
from tyreloop.questions.macros import Span, expand
from tyreloop.questions.variables import ALL, replace
from tyreloop.settings import Settings

WEEK = timedelta(days=7)
VARIABLES = {"model_version": [ALL], "answer": [ALL], "window": "24h", "time_zone": "Asia/Seoul"}
RAW = ("latest_votes", "latest_predictions", "audits", "open_corrections")
FAST_MS, RAW_MS = 25, 250
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
INSERT INTO releases (model_name, from_version, to_version, kind, released_by, released_at)
SELECT 'tyre-defect', n, n + 1, 'promotion', 'Ola', now() - (3 - n) * interval '20 days' - interval '1 day'
FROM generate_series(0, 2) AS n;
INSERT INTO reviews (prediction_id, visitor, decision, label, reviewer, reviewed_at)
SELECT prediction_id, visitor, 'accepted', label, 'Rae', given_at + interval '1 day'
FROM corrections WHERE prediction_id::text LIKE '%377';
VACUUM (ANALYZE)
"""


def queries() -> Iterator[tuple[str, str, timedelta]]:
    """A name, the SQL before its macros, and the span that is asked about."""
    for board in BOARDS:
        for panel in board.panels:
            sql = replace(question(panel.question).sql, VARIABLES)
            yield f"{board.name}: {panel.question}", sql, WEEK
    for rule in rules(Settings.model_construct()):
        yield f"rule: {rule.name}", rule_sql(rule, "value"), rule.window
    for name in ("releases", "model_versions", "time_zone", "production_version"):
        yield f"all boards: {name}", question(name).sql, WEEK


def milliseconds(reader: Any, sql: str, window: timedelta) -> tuple[float, float]:
    """One query by the clock and by the server's processor."""
    now = datetime.now(UTC)
    expanded = expand(sql, Span(now - window, now, step_for(window, at_least_seconds=3600)))
    taken = []
    with reader.cursor() as cursor:
        for _ in range(10):
            start, worked = perf_counter(), processor_ms(reader)
            cursor.execute(expanded)
            cursor.fetchall()
            taken.append(((perf_counter() - start) * 1000, processor_ms(reader) - worked))
    return median(clock for clock, _ in taken[1:]), mean(worked for _, worked in taken[1:])


def lateness(clock: float, worked: float, limit: float) -> str:
    """The clock alone says as much about the machine's other programs as about the query."""
    if worked > limit:
        return "late"
    return "late by the clock" if clock > limit else ""


def processor_ms(reader: Any) -> float:
    """What the server's process behind this connection has worked so far."""
    return int(Path(f"/proc/{reader.info.backend_pid}/schedstat").read_text().split()[0]) / 1e6


def main(rows: int) -> None:
    late = []
    with scratch_database() as scratch:
        fill(scratch, rows)
        scratch.do(SERVICE)
        with closing(psycopg2.connect(**scratch.reader)) as reader:
            reader.autocommit = True
            print(f"{'query':44} {'clock ms':>9} {'processor':>9}  limit")
            for name, sql, window in queries():
                limit = RAW_MS if any(view in sql for view in RAW) else FAST_MS
                clock, worked = milliseconds(reader, sql, window)
                print(
                    f"{name:44} {clock:9.1f} {worked:9.1f}  {limit:5}  {lateness(clock, worked, limit)}",
                    flush=True,
                )
                if worked > limit:
                    late.append(name)
    print(f"over their limit by the server's processor: {', '.join(late) or 'none'}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
