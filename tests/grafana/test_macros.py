"""Macros, intervals and variables become what Grafana's own data source makes of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tyreloop.questions.intervals import seconds_of, step_for, written
from tyreloop.questions.macros import Fill, Span, UnknownMacro, expand, fill_of
from tyreloop.questions.variables import UnknownVariable, replace

SINCE = datetime(2018, 4, 12, 18, 0, tzinfo=UTC)
SPAN = Span(SINCE, SINCE + timedelta(minutes=5))


@pytest.mark.parametrize(
    ("asked", "expanded"),
    [
        ("select $__time(at)", 'select at AS "time"'),
        ("WHERE $__timeFilter(at)", "WHERE at BETWEEN '2018-04-12T18:00:00Z' AND '2018-04-12T18:05:00Z'"),
        ("select $__timeFrom()", "select '2018-04-12T18:00:00Z'"),
        ("select $__timeTo()::timestamptz", "select '2018-04-12T18:05:00Z'::timestamptz"),
        ("SELECT $__timeGroupAlias(at , '5m')", 'SELECT floor(extract(epoch from at)/300)*300 AS "time"'),
        ("GROUP BY $__timeGroup(at,'1h')", "GROUP BY floor(extract(epoch from at)/3600)*3600"),
        ("SELECT $__interval, $__interval_ms", "SELECT 1m, 60000"),
        ("SELECT $__unixEpochFrom()", "SELECT 1523556000"),
    ],
)
def test_a_macro_expands_as_in_grafana(asked: str, expanded: str) -> None:
    assert expand(asked, SPAN) == expanded


def test_a_moment_has_as_many_decimals_as_it_needs() -> None:
    early = datetime(1960, 2, 1, 7, 0, 0, 500000, tzinfo=UTC)
    assert expand("$__timeFrom()", Span(early, early)) == "'1960-02-01T07:00:00.5Z'"


def test_a_macro_that_grafana_does_not_know_is_refused() -> None:
    with pytest.raises(UnknownMacro, match="unknown macro '__timeSomething'"):
        expand("SELECT $__timeSomething(at)", SPAN)


@pytest.mark.parametrize(
    ("asked", "fill"),
    [
        ("$__timeGroupAlias(at,'1h',0)", Fill(3600, 0)),
        ("$__timeGroupAlias(at, $__interval, NULL)", Fill(60, None)),
        ("$__timeGroupAlias(at,'1h')", None),
    ],
)
def test_the_third_argument_of_a_time_group_is_its_fill(asked: str, fill: Fill | None) -> None:
    assert fill_of(asked, SPAN) == fill


def test_lists_come_quoted_and_single_words_as_they_are() -> None:
    sql = replace("IN ($m) '$s' ${s} $__timeFilter(x)", {"m": ["a", "b'c"], "s": "o'x"})
    assert sql == "IN ('a','b''c') 'o''x' o''x $__timeFilter(x)"


def test_a_variable_without_a_value_is_refused() -> None:
    with pytest.raises(UnknownVariable, match=r"\$answer"):
        replace("IN ($answer)", {})


@pytest.mark.parametrize(
    ("interval", "seconds"), [("5m", 300), ("1h30m", 5400), ("7d", 604800), ("20ms", 0.02)]
)
def test_intervals_are_read_as_go_reads_them(interval: str, seconds: float) -> None:
    assert seconds_of(interval) == seconds


@pytest.mark.parametrize("interval", ["", "5", "m", "5 m", "1M"])
def test_what_is_no_interval_is_refused(interval: str) -> None:
    with pytest.raises(ValueError, match="no interval"):
        seconds_of(interval)


@given(st.integers(min_value=1, max_value=400 * 24))
def test_a_step_is_an_interval_that_grafana_can_read(hours: int) -> None:
    step = step_for(timedelta(hours=hours), at_least_seconds=3600)
    assert seconds_of(written(step)) == step
    assert hours * 3600 / step <= 400
