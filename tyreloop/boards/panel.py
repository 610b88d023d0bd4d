"""One panel: a question, how it is drawn, and what it means for the person who looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """How Grafana draws a panel."""

    STAT = "stat"
    LINES = "timeseries"
    BARS = "barchart"
    PIE = "piechart"
    TABLE = "table"
    STATES = "state-timeline"


class Unit(StrEnum):
    """Grafana's names of units."""

    SHARE = "percentunit"
    COUNT = "short"
    MILLISECONDS = "ms"
    SECONDS = "s"
    MINUTES = "m"
    PER_MINUTE = "reqpm"
    NUMBER = "none"


Steps = tuple[tuple[float | None, str], ...]
CALM: Steps = ((None, "text"),)


@dataclass(frozen=True, slots=True)
class Panel:
    """What stands in one place of a board; alert rules find it by its number, which never changes."""

    number: int
    title: str
    question: str
    kind: Kind
    unit: Unit = Unit.COUNT
    width: int = 8
    units: Mapping[str, Unit] = field(default_factory=dict)  # columns that have a unit of their own
    steps: Steps = CALM
    shows_limit: bool = False
    stacked: bool = False
    bars: bool = False
    shortest_step: str = "1h"
    text_column: str | None = None  # a stat that shows a word
    right_axis: tuple[str, ...] = ()
    only_in_tooltip: tuple[str, ...] = ()

    @property
    def format(self) -> str:
        """Series over time, or a table."""
        return "time_series" if self.kind is Kind.LINES else "table"
