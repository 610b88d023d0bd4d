"""Alerts: told twice they are one, an end stays, open ones come first; the twin and Postgres agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tyreloop.domain.alerts import Alert, AlertSource
from tyreloop.store.alerts import PostgresAlerts
from tyreloop.use_cases.alerts import receive_alerts
from tyreloop.use_cases.stores import Stores

NOON = datetime(2026, 6, 1, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRED = Alert(
    source=AlertSource.GRAFANA,
    fingerprint="a1b2",
    rule="dislike-ratio",
    severity="warning",
    title="Many dislikes",
    summary="Version 7: 41 % of 87 votes.",
    started_at=NOON,
    labels={"model_version": "7"},
    value=0.41,
    n=87,
)


@pytest.fixture
def alerts(stores: Stores) -> PostgresAlerts:
    return stores.alerts


def test_an_alert_told_twice_is_one(alerts: PostgresAlerts) -> None:
    assert receive_alerts([FIRED, FIRED], using=alerts) == 2
    assert list(alerts.latest(limit=5)) == [FIRED]


def test_its_end_is_added_and_stays(alerts: PostgresAlerts) -> None:
    ended = replace(FIRED, ended_at=NOON + HOUR, value=None, n=None)
    receive_alerts([FIRED, ended, FIRED], using=alerts)
    assert list(alerts.latest(limit=5)) == [replace(FIRED, ended_at=NOON + HOUR)]


def test_open_alerts_come_first_then_the_newest(alerts: PostgresAlerts) -> None:
    old = replace(FIRED, fingerprint="old", started_at=NOON - HOUR)
    ended = [replace(FIRED, started_at=NOON + n * HOUR, ended_at=NOON + 9 * HOUR) for n in (1, 2)]
    receive_alerts([ended[0], old, ended[1]], using=alerts)
    assert list(alerts.latest(limit=2)) == [old, ended[1]]


def test_grafanas_alerts_and_our_own_stay_apart(alerts: PostgresAlerts) -> None:
    receive_alerts([FIRED, replace(FIRED, source=AlertSource.JOB)], using=alerts)
    assert len(alerts.latest(limit=5)) == 2


def test_an_end_before_the_start_is_refused() -> None:
    with pytest.raises(ValueError, match="after it started"):
        replace(FIRED, ended_at=NOON - HOUR)
