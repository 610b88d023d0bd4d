"""What an alert rule is: a question, a limit, how long it must last, and how a person reads its number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Side(StrEnum):
    """On which side of the limit a number is bad."""

    ABOVE = "gt"
    BELOW = "lt"

    @property
    def other(self) -> Side:
        return Side.BELOW if self is Side.ABOVE else Side.ABOVE


class Severity(StrEnum):
    """How much of a hurry there is."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Unit(StrEnum):
    """How the number is written."""

    SHARE = "share"  # 0.412 -> 41.2 %
    MILLISECONDS = "milliseconds"
    MINUTES = "minutes"
    NUMBER = "number"  # 0.23
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert: its question answers text columns (labels), `value`, and `n`, which the value rests on."""

    name: str
    question: str
    unit: Unit
    severity: Severity
    board: str
    panel: str
    limit: float
    recover: float | None = None  # the number must pass this one to be well again; none: the limit itself
    side: Side = Side.ABOVE
    labels: tuple[str, ...] = ()
    window: timedelta = timedelta(hours=1)
    lasting: timedelta = timedelta(0)
    keep: timedelta = timedelta(0)  # how long an alert stays after the number is well
    every: timedelta = timedelta(minutes=1)
    parameters: Mapping[str, str] = field(default_factory=dict)
    rollback_helps: bool = False
    silence_is_bad: bool = False  # no row at all means trouble, not quiet

    @property
    def uid(self) -> str:
        """The name that Grafana knows the rule by; it never changes."""
        return f"tyreloop-{self.name}"

    def is_bad(self, value: float, *, firing: bool) -> bool:
        """Whether a number keeps the rule alarmed; once it fires, it must come back further than it went."""
        limit = self.recover if firing and self.recover is not None else self.limit
        return value > limit if self.side is Side.ABOVE else value < limit
