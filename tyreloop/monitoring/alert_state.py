"""How one rule stands for one set of labels, and what one more reading makes of it. No clock, no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from tyreloop.monitoring.rules import Rule

Labels = Mapping[str, str]


class Phase(StrEnum):
    """Where a rule is between quiet and alarm; quiet itself is not written down."""

    PENDING = "pending"  # bad, but not for long enough yet
    FIRING = "firing"
    RECOVERING = "recovering"  # well again, but kept a while


class Change(StrEnum):
    """What people are told; each is told once."""

    FIRED = "fired"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a rule's chart answered for one set of labels."""

    value: float
    n: float
    labels: Labels = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AlertState:
    """Since when the number is bad, and since when it is well again."""

    phase: Phase
    bad_since: datetime
    reading: Reading
    well_since: datetime | None = None


def next_state(
    rule: Rule, before: AlertState | None, reading: Reading | None, now: datetime
) -> tuple[AlertState | None, Change | None]:
    """The next state (none: quiet) and what to tell people about it."""
    firing = before is not None and before.phase is not Phase.PENDING
    if reading is not None and rule.is_bad(reading.value, firing=firing):
        return _bad(rule, before, reading, now)
    return _well(rule, before, now)


def _bad(
    rule: Rule, before: AlertState | None, reading: Reading, now: datetime
) -> tuple[AlertState, Change | None]:
    if before is not None and before.phase is not Phase.PENDING:
        return AlertState(Phase.FIRING, before.bad_since, reading), None
    since = before.bad_since if before else now
    if now - since >= rule.lasting:
        return AlertState(Phase.FIRING, since, reading), Change.FIRED
    return AlertState(Phase.PENDING, since, reading), None


def _well(rule: Rule, before: AlertState | None, now: datetime) -> tuple[AlertState | None, Change | None]:
    if before is None or before.phase is Phase.PENDING:
        return None, None
    since = before.well_since or now
    if now - since >= rule.keep:
        return None, Change.RESOLVED
    return replace(before, phase=Phase.RECOVERING, well_since=since), None
