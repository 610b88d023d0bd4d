"""One run over all rules without Grafana: ask, judge, write down, put messages in line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import psycopg2
import structlog
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.domain.alerts import Alert, AlertSource
from tyreloop.monitoring import alert_store
from tyreloop.monitoring.alert_state import AlertState, Change, Reading, next_state
from tyreloop.monitoring.alert_store import Place, place_of
from tyreloop.monitoring.charts import ask
from tyreloop.monitoring.messages import Notice, Writer
from tyreloop.monitoring.rules import Rule, rules
from tyreloop.settings import Settings
from tyreloop.store.alerts import record_alert

log = structlog.get_logger(__name__)


def evaluate_rules(
    connection: Connection, *, using: Settings, channels: Sequence[str], now: datetime
) -> list[Notice]:
    """Judge every rule in the caller's transaction; answers what changed."""
    before = alert_store.alert_states(connection)
    notices = [notice for rule in rules(using) for notice in _evaluate(connection, rule, before, now)]
    if notices:
        _tell(connection, notices, using=using, channels=channels, now=now)
    return notices


def _evaluate(
    connection: Connection, rule: Rule, before: Mapping[Place, AlertState], now: datetime
) -> Iterator[Notice]:
    readings = _readings(connection, rule, now)
    if readings is None:
        return
    known = [place for place in before if place[0] == rule.name]
    for place in dict.fromkeys([*known, *readings]):
        state, change = next_state(rule, before.get(place), readings.get(place), now)
        if state is not None:
            alert_store.keep(connection, rule, state)
        elif place in before:
            alert_store.forget(connection, place)
        if change is Change.FIRED and state is not None:
            yield Notice(rule, state.reading, state.bad_since)
        elif change is Change.RESOLVED:
            # The last number if there is one; a version that nobody votes on any more has none.
            last = readings.get(place) or before[place].reading
            yield Notice(rule, last, before[place].bad_since, now)


def _readings(connection: Connection, rule: Rule, now: datetime) -> dict[Place, Reading] | None:
    """What the rule's chart answers now; none if it cannot be asked: then the rule stands as it stood."""
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT one_rule")
        try:
            rows = ask(connection, rule.chart, since=now - rule.window, until=now, minimum_n=rule.minimum_n)
        except psycopg2.Error as error:
            cursor.execute("ROLLBACK TO SAVEPOINT one_rule")
            log.error("alert_rule_not_judged", rule=rule.name, reason=str(error).strip())
            return None
        cursor.execute("RELEASE SAVEPOINT one_rule")
    found = [
        Reading(float(row["value"]), float(row["n"]), {name: row[name] for name in rule.labels})
        for row in rows
    ]
    return {place_of(rule, reading.labels): reading for reading in found}


def _tell(
    connection: Connection,
    notices: Sequence[Notice],
    *,
    using: Settings,
    channels: Sequence[str],
    now: datetime,
) -> None:
    writer = Writer.of(using)
    for notice in notices:
        record_alert(connection, _alert(notice, writer))
        log.info("alert", rule=notice.rule.name, ended=notice.ended_at is not None, **notice.reading.labels)
    message = writer.message(notices, _served_version(connection, now))
    for channel in channels:
        alert_store.line_up(connection, channel, message, now)


def _alert(notice: Notice, writer: Writer) -> Alert:
    return Alert(
        source=AlertSource.JOB,
        fingerprint=alert_store.fingerprint(place_of(notice.rule, notice.reading.labels)),
        rule=notice.rule.name,
        severity=notice.rule.severity,
        title=writer.title(notice.rule),
        summary=writer.summary(notice.rule, notice.reading),
        started_at=notice.started_at,
        ended_at=notice.ended_at,
        labels=notice.reading.labels,
        value=notice.reading.value,
        n=notice.reading.n,
    )


def _served_version(connection: Connection, now: datetime) -> str | None:
    """The version that answers now, as people name it."""
    version = ask(connection, "served_version", since=now, until=now)[0]["value"]
    return f"{version:.0f}" if version else None
