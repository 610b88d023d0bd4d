"""An alert: a rule that found trouble, from its first bad number to its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class AlertSource(StrEnum):
    """Who judged the rule."""

    GRAFANA = "grafana"
    JOB = "job"


@dataclass(frozen=True, slots=True)
class Alert:
    """One time of trouble; the same trouble told again is the same alert."""

    source: AlertSource
    fingerprint: str  # the rule and its labels in one short word
    rule: str
    severity: str
    title: str
    summary: str
    started_at: datetime
    ended_at: datetime | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    value: float | None = None
    n: float | None = None

    def __post_init__(self) -> None:
        if self.ended_at is not None and self.ended_at < self.started_at:
            raise ValueError("an alert ends after it started")

    @property
    def is_open(self) -> bool:
        return self.ended_at is None
