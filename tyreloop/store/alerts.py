"""Alerts in Postgres: whoever judged them, they stand in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extras import Json

from tyreloop.domain.alerts import Alert, AlertSource
from tyreloop.store.db import Database, queries


class PostgresAlerts:
    """Each time of trouble, one row."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, alert: Alert) -> None:
        self._database.run(lambda connection: record_alert(connection, alert))

    def latest(self, *, limit: int) -> Sequence[Alert]:
        rows = self._database.run(lambda connection: list(queries.latest_alerts(connection, at_most=limit)))
        return [_alert_of(row) for row in rows]


def record_alert(connection: Connection, alert: Alert) -> None:
    """Keep an alert in the caller's transaction."""
    queries.record_alert(
        connection,
        source=alert.source,
        fingerprint=alert.fingerprint,
        rule=alert.rule,
        severity=alert.severity,
        title=alert.title,
        summary=alert.summary,
        labels=Json(dict(alert.labels)),
        value=alert.value,
        n=alert.n,
        started_at=alert.started_at,
        ended_at=alert.ended_at,
    )


def _alert_of(row: Mapping[str, Any]) -> Alert:
    return Alert(**{**row, "source": AlertSource(row["source"])})
