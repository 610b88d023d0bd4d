"""Runs a board's queries as Grafana would, with every variable at its default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.questions.intervals import seconds_of, step_for
from tyreloop.questions.macros import Span, expand
from tyreloop.questions.variables import ALL, replace

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The columns and rows of one panel."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    since: datetime
    until: datetime

    def series(self) -> dict[str, tuple[list[datetime], list[float]]]:
        """Each line of a chart: wide columns, or rows told apart by a text column."""
        found: dict[str, tuple[list[datetime], list[float]]] = {}
        for row in self.rows:
            words = [value for value in row[1:] if isinstance(value, str)]
            for name, value in zip(self.columns[1:], row[1:], strict=True):
                if isinstance(value, str) or value is None:
                    continue
                times, values = found.setdefault(words[0] if words else name, ([], []))
                times.append(_moment(row[0]))
                values.append(float(value))
        return found


def ask_panel(connection: Connection, panel: Mapping[str, Any], *, span: timedelta, zone: str) -> Answer:
    """What a panel's query answers for the span until now."""
    now = datetime.now(UTC)
    step = step_for(span, points=800, at_least_seconds=seconds_of(panel.get("interval", "1m")))
    values = {"model_version": [ALL], "answer": [ALL], "window": "24h", "time_zone": zone}
    sql = expand(replace(panel["targets"][0]["rawSql"], values), Span(now - span, now, step))
    with connection.cursor() as cursor:
        cursor.execute(sql)
        columns = tuple(column.name for column in cursor.description or ())
        return Answer(columns, tuple(cursor.fetchall()), now - span, now)


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromtimestamp(float(value), UTC)
