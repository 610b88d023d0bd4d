"""Alerts in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tyreloop.domain.alerts import Alert


class MemoryAlerts:
    """The twin of the table of alerts."""

    def __init__(self) -> None:
        self._alerts: dict[tuple[str, str, datetime], Alert] = {}

    def record(self, alert: Alert) -> None:
        place = (alert.source, alert.fingerprint, alert.started_at)
        before = self._alerts.get(place)
        self._alerts[place] = _merged(before, alert) if before else alert

    def latest(self, *, limit: int) -> Sequence[Alert]:
        newest = sorted(self._alerts.values(), key=lambda alert: alert.started_at, reverse=True)
        return sorted(newest, key=lambda alert: not alert.is_open)[:limit]


def _merged(before: Alert, told: Alert) -> Alert:
    return replace(
        before,
        ended_at=before.ended_at or told.ended_at,
        summary=told.summary,
        value=before.value if told.value is None else told.value,
        n=before.n if told.n is None else told.n,
    )
