"""Asks one question of the database and answers rows, with the times a chart expects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.questions.catalogue import question
from tyreloop.questions.intervals import step_for
from tyreloop.questions.macros import Fill, Span, expand, fill_of
from tyreloop.questions.variables import Value, chosen, replace

Row = Mapping[str, Any]


def ask(
    connection: Connection,
    name: str,
    *,
    since: datetime,
    until: datetime,
    versions: Sequence[int] | None = None,
    answers: Sequence[str] | None = None,
    time_zone: str = "UTC",
    window: str = "24h",
    parameters: Mapping[str, Value] | None = None,
) -> list[Row]:
    """The rows that Grafana would draw; `time` is a moment in the given zone."""
    span = Span(since, until, step_for(until - since, at_least_seconds=3600))
    values = {
        "model_version": chosen(versions),
        "answer": chosen(answers),
        "time_zone": time_zone,
        "window": window,
        **(parameters or {}),
    }
    asked = question(name).sql
    sql = expand(replace(asked, values), span)  # in Grafana the browser replaces variables first
    rows = [_with_time(row, ZoneInfo(time_zone)) for row in _rows(connection, sql)]
    return _filled(rows, fill_of(asked, span), span, ZoneInfo(time_zone))


def _rows(connection: Connection, sql: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)  # no arguments: a % in the SQL stays what it is
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, map(_plain, values), strict=True)) for values in map(tuple, _values(cursor))]


def _values(cursor: Any) -> list[Sequence[Any]]:
    """The values of each row, whatever kind of cursor the connection makes."""
    return [list(row.values()) if isinstance(row, Mapping) else list(row) for row in cursor.fetchall()]


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def _with_time(row: Row, zone: ZoneInfo) -> Row:
    at = row.get("time")
    if isinstance(at, datetime):
        return {**row, "time": at.astimezone(zone)}
    if isinstance(at, int | float):
        return {**row, "time": datetime.fromtimestamp(at, UTC).astimezone(zone)}
    return row


def _filled(rows: list[Row], fill: Fill | None, span: Span, zone: ZoneInfo) -> list[Row]:
    """Grafana fills between the rows it got, and leaves an empty answer empty."""
    if fill is None or not rows or _is_long(rows[0]):
        return rows
    known = {row["time"]: row for row in rows}
    blank = {name: fill.value for name in rows[0] if name != "time"}
    first = int(span.since.timestamp() // fill.step_seconds) * fill.step_seconds
    at, filled = datetime.fromtimestamp(first, UTC).astimezone(zone), []
    while at <= span.until:
        filled.append(known.get(at, {"time": at, **blank}))
        at = (at.astimezone(UTC) + timedelta(seconds=fill.step_seconds)).astimezone(zone)
    return filled


def _is_long(row: Row) -> bool:
    """Whether series stand below each other, told apart by a text column."""
    return any(isinstance(value, str) for value in row.values())
