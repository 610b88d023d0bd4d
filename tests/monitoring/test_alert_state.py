"""From quiet to alarm and back: how long it takes, and that each change is told once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tyreloop.monitoring.alert_state import AlertState, Change, Phase, Reading, next_state
from tyreloop.monitoring.rules import Rule, Severity, Unit

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RULE = Rule(
    name="trial",
    unit=Unit.SHARE,
    severity=Severity.WARNING,
    board="overview",
    panel="none",
    limit=0.35,
    recover=0.30,
    lasting=3 * MINUTE,
)


def story(rule: Rule, values: list[float | None]) -> list[tuple[int, Change]]:
    """What is told when one value comes each minute; no value is no row."""
    state: AlertState | None = None
    changes = []
    for minute, value in enumerate(values):
        reading = None if value is None else Reading(value, 40)
        state, change = next_state(rule, state, reading, START + minute * MINUTE)
        if change:
            changes.append((minute, change))
    return changes


def test_it_fires_only_after_it_lasted() -> None:
    assert story(RULE, [0.4] * 3) == []
    assert story(RULE, [0.4] * 10) == [(3, Change.FIRED)]


def test_a_short_dip_starts_the_wait_anew() -> None:
    assert story(RULE, [0.4, 0.4, 0.34, 0.4, 0.4, 0.4]) == []


def test_it_ends_only_below_the_recovery_limit() -> None:
    assert story(RULE, [0.4] * 4 + [0.33] * 5) == [(3, Change.FIRED)]
    assert story(RULE, [0.4] * 4 + [0.33, 0.29]) == [(3, Change.FIRED), (5, Change.RESOLVED)]


def test_no_row_ends_it() -> None:
    assert story(RULE, [0.4] * 4 + [None]) == [(3, Change.FIRED), (4, Change.RESOLVED)]


def test_it_is_kept_a_while_when_asked() -> None:
    kept = replace(RULE, keep=2 * MINUTE)
    assert story(kept, [0.4] * 4 + [0.1] * 3) == [(3, Change.FIRED), (6, Change.RESOLVED)]
    assert story(kept, [0.4] * 4 + [0.1, 0.4, 0.1]) == [(3, Change.FIRED)]


def test_a_limit_can_lie_below() -> None:
    below = replace(RULE, below=True, limit=0.3, recover=None, lasting=timedelta(0))
    assert story(below, [1.0, 0.2, 0.5]) == [(1, Change.FIRED), (2, Change.RESOLVED)]


def test_since_when_is_the_first_bad_number() -> None:
    state, _ = next_state(RULE, None, Reading(0.5, 40), START)
    state, _ = next_state(RULE, state, Reading(0.5, 40), START + 5 * MINUTE)
    assert state == AlertState(Phase.FIRING, START, Reading(0.5, 40))


@given(st.lists(st.one_of(st.none(), st.floats(min_value=0, max_value=1)), max_size=60))
def test_alarms_and_their_ends_take_turns(values: list[float | None]) -> None:
    changes = [change for _, change in story(RULE, values)]
    turns = [Change.FIRED, Change.RESOLVED] * len(changes)
    assert changes == turns[: len(changes)]
