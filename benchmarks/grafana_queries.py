"""How long every query of the boards and of the alert rules takes over ten million votes.

    python -m benchmarks.grafana_queries [ROWS]

The queries are taken from the files that Grafana reads and expanded as Grafana expands them; they are sent as
Grafana's reader, warm: the median of nine, after one that is thrown away. Panels show 7 days, rules their own
window. What may read single rows is marked: its limit is 250 ms, everything else has 25 ms.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from statistics import median
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


def milliseconds(reader: Any, sql: str, window: timedelta) -> float:
    """One query's median."""
    now = datetime.now(UTC)
    expanded = expand(sql, Span(now - window, now, step_for(window, at_least_seconds=3600)))
    taken = []
    with reader.cursor() as cursor:
        for _ in range(10):
            start = perf_counter()
            cursor.execute(expanded)
            cursor.fetchall()
            taken.append((perf_counter() - start) * 1000)
    return median(taken[1:])


def main(rows: int) -> None:
    late = []
    with scratch_database() as scratch:
        fill(scratch, rows)
        with closing(psycopg2.connect(**scratch.reader)) as reader:
            reader.autocommit = True
            print(f"{'query':44} {'ms':>8}  limit")
            for name, sql, window in queries():
                limit = RAW_MS if any(view in sql for view in RAW) else FAST_MS
                taken = milliseconds(reader, sql, window)
                print(f"{name:44} {taken:8.1f}  {limit}", flush=True)
                if taken > limit:
                    late.append(name)
    print(f"over their limit: {', '.join(late) or 'none'}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
