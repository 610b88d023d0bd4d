"""Every alert rule, as rules.toml and the settings have it, and how a person reads its number."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from tyreloop.settings import Settings

FILE = Path(__file__).with_name("rules.toml")
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1)}


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
    """One alert: its chart answers text columns (labels), `value`, and `n`, which the value rests on."""

    name: str
    unit: Unit
    severity: Severity
    board: str
    panel: str
    limit: float
    recover: float | None = None  # the number must pass this one to be well again; none: the limit itself
    below: bool = False
    minimum_n: int | None = None
    labels: tuple[str, ...] = ()
    window: timedelta = timedelta(hours=1)
    lasting: timedelta = timedelta(0)
    keep: timedelta = timedelta(0)  # how long an alert stays after the number is well
    every: timedelta = timedelta(minutes=1)
    rollback_helps: bool = False
    silence_is_bad: bool = False  # no row at all means trouble, not quiet

    @property
    def chart(self) -> str:
        return f"rule_{self.name.replace('-', '_')}"

    def is_bad(self, value: float, *, firing: bool) -> bool:
        """Whether a number keeps the rule alarmed; once it fires, it must come back further than it went."""
        limit = self.recover if firing and self.recover is not None else self.limit
        return value < limit if self.below else value > limit


def rules(using: Settings) -> tuple[Rule, ...]:
    """The rules in the order in which people read them."""
    read = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(_rule(name, written, using) for name, written in read.items())


def in_words(value: float, unit: Unit) -> str:
    """The number as people read it."""
    match unit:
        case Unit.SHARE:
            return f"{value * 100:.3g} %"
        case Unit.MILLISECONDS:
            return f"{value:.0f} ms"
        case Unit.NUMBER:
            return f"{value:.3g}"
        case _:
            return f"{value:.0f}"


def _rule(name: str, written: dict[str, Any], using: Settings) -> Rule:
    board, panel = written["panel"].split("/")
    numbers, spans = ("limit", "recover", "minimum_n"), ("window", "lasting", "keep", "every")
    given: dict[str, Any] = {key: _number(written[key], using) for key in numbers if key in written}
    given |= {key: _span(written[key]) for key in spans if key in written}
    return Rule(
        name=name,
        unit=Unit(written["unit"]),
        severity=Severity(written["severity"]),
        board=board,
        panel=panel,
        below=written.get("below", False),
        labels=tuple(written.get("labels", ())),
        rollback_helps=written.get("advice") == "rollback",
        silence_is_bad=written.get("silent", False),
        **given,
    )


def _number(written: float | str, using: Settings) -> Any:
    """A number as it stands, or the setting of that name."""
    return getattr(using, written) if isinstance(written, str) else written


def _span(written: str) -> timedelta:
    return int(written[:-1]) * UNITS[written[-1]]
