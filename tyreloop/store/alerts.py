"""Alerts in Postgres: whoever judged them, they stand in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extras import Json

from tyreloop.domain.alerts import Alert, AlertSource
from tyreloop.store.db import Row, Table, queries


class PostgresAlerts(Table):
    """Each time of trouble, one row."""

    def record(self, alert: Alert) -> None:
        self._database.run(lambda connection: record_alert(connection, alert))

    def latest(self, *, limit: int) -> Sequence[Alert]:
        return self._all(queries.latest_alerts, _alert_of, at_most=limit)


def record_alert(connection: Connection, alert: Alert) -> None:
    """Keep an alert in the caller's transaction."""
    queries.record_alert(connection, **{**asdict(alert), "labels": Json(dict(alert.labels))})


def _alert_of(row: Row) -> Alert:
    return Alert(**{**row, "source": AlertSource(row["source"])})
