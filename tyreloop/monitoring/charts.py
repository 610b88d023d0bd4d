"""Calls the functions of charts.sql: the same that Grafana's panels and rules call."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extras import RealDictCursor

Row = Mapping[str, Any]
FILE = Path(__file__).with_name("charts.sql")
CHART = re.compile(r"^CREATE FUNCTION charts\.(\w+)\(([^)]*)\)\s+RETURNS TABLE", re.MULTILINE)
# "All" is a word of its own, not the list of all values: an empty database has none that a list could hold.
ALL = "all"
# What a chart's step snaps to, in hours: Grafana never shows 37-hour steps either.
STEPS = (1, 2, 3, 6, 12, 24, 168)
MAX_POINTS = 400


class UnknownChart(LookupError):
    """charts.sql has no function of this name."""


@cache
def charts() -> Mapping[str, tuple[str, ...]]:
    """Every chart and the names of what it is given."""
    found = CHART.findall(FILE.read_text(encoding="utf-8"))
    return {
        name: tuple(given.split()[0] for given in arguments.split(",") if given.strip())
        for name, arguments in found
    }


def call(name: str, values: Mapping[str, str], columns: str = "*") -> str:
    """The SQL that asks a chart; each value is SQL already, those it does not take are left out."""
    if name not in charts():
        raise UnknownChart(f"There is no chart named {name}.")
    given = ", ".join(f"{taken} => {values[taken]}" for taken in charts()[name] if taken in values)
    return f"SELECT {columns} FROM charts.{name}({given})"  # noqa: S608 - all parts are our own


def ask(
    connection: Connection,
    name: str,
    *,
    since: datetime,
    until: datetime,
    versions: Sequence[int] | None = None,
    answers: Sequence[str] | None = None,
    time_zone: str = "UTC",
    **others: object,
) -> list[Row]:
    """The rows that Grafana would draw; `time` is a moment in the given zone."""
    values: Mapping[str, object] = {
        "since": since,
        "until": until,
        "versions": [str(version) for version in versions] if versions else [ALL],
        "answers": list(answers or [ALL]),
        "step": step_for(until - since),
        "zone": time_zone,
        "moving": timedelta(days=1),
        **others,
    }
    with connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(call(name, {key: f"%({key})s" for key in values}), values)
        return [_in_zone(row, ZoneInfo(time_zone)) for row in cursor.fetchall()]


def step_for(span: timedelta) -> timedelta:
    """The step that draws a span of hours with not too many points."""
    wanted = span / MAX_POINTS / timedelta(hours=1)
    return timedelta(hours=next((hours for hours in STEPS if hours >= wanted), STEPS[-1]))


def _in_zone(row: Row, zone: ZoneInfo) -> Row:
    return {
        column: value.astimezone(zone) if isinstance(value, datetime) else value
        for column, value in row.items()
    }
