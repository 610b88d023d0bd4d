"""Grafana's macros for PostgreSQL, expanded as its data source does: one SQL serves boards and pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from tyreloop.questions.intervals import seconds_of, written

MACRO = re.compile(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)")
Arguments = list[str]


class UnknownMacro(ValueError):
    """Grafana would refuse the query with the same word."""


@dataclass(frozen=True, slots=True)
class Span:
    """The time that is asked about, and the step of `$__interval`."""

    since: datetime
    until: datetime
    step_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Fill:
    """What stands where a time series has no row: Grafana adds it after the query."""

    step_seconds: float
    value: float | None  # none: a gap


def expand(sql: str, span: Span) -> str:
    """The SQL that reaches Postgres."""
    text = sql.replace("$__interval_ms", str(int(span.step_seconds * 1000)))
    text = text.replace("$__interval", written(span.step_seconds))

    def replace(match: re.Match[str]) -> str:
        return _expand_one(match[1], [part.strip(" ") for part in match[2].split(",")], span)

    return MACRO.sub(replace, text)


def fill_of(sql: str, span: Span) -> Fill | None:
    """The fill that a query asks for with the third argument of `$__timeGroupAlias`."""
    text = sql.replace("$__interval", written(span.step_seconds))
    for name, written_arguments in MACRO.findall(text):
        arguments = [part.strip(" ") for part in written_arguments.split(",")]
        if name.startswith("__timeGroup") and len(arguments) == 3:
            value = None if arguments[2] == "NULL" else float(arguments[2])
            return Fill(seconds_of(arguments[1].strip("'")), value)
    return None


def moment(at: datetime) -> str:
    """A quoted UTC moment with as many decimals as it needs."""
    plain = at.astimezone(UTC)
    decimals = f"{plain.microsecond:06d}".rstrip("0")
    return f"'{plain:%Y-%m-%dT%H:%M:%S}{'.' + decimals if decimals else ''}Z'"


def _expand_one(name: str, arguments: Arguments, span: Span) -> str:
    if name not in EXPANSIONS:
        raise UnknownMacro(f"unknown macro {name!r}")
    return EXPANSIONS[name](arguments, span)


def _group(arguments: Arguments) -> str:
    if len(arguments) < 2:
        raise UnknownMacro("a time group needs a column and an interval")
    size = seconds_of(arguments[1].strip("'"))
    whole = int(size) if size.is_integer() else size
    return f"floor(extract(epoch from {arguments[0]})/{whole})*{whole}"


EXPANSIONS: dict[str, Callable[[Arguments, Span], str]] = {
    "__time": lambda arguments, _: f'{arguments[0]} AS "time"',
    "__timeEpoch": lambda arguments, _: f'extract(epoch from {arguments[0]}) as "time"',
    "__timeFilter": lambda arguments, span: (
        f"{arguments[0]} BETWEEN {moment(span.since)} AND {moment(span.until)}"
    ),
    "__timeFrom": lambda _, span: moment(span.since),
    "__timeTo": lambda _, span: moment(span.until),
    "__timeGroup": lambda arguments, _: _group(arguments),
    "__timeGroupAlias": lambda arguments, _: f'{_group(arguments)} AS "time"',
    "__unixEpochFrom": lambda _, span: str(int(span.since.timestamp())),
    "__unixEpochTo": lambda _, span: str(int(span.until.timestamp())),
}
