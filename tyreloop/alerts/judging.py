"""One run over all rules without Grafana: ask, judge, write down, put messages in line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import psycopg2
import structlog
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.alerts import ledger
from tyreloop.alerts.catalogue import rules
from tyreloop.alerts.ledger import Place, place_of
from tyreloop.alerts.links import Links
from tyreloop.alerts.messages import Notice, Writer
from tyreloop.alerts.rule import Rule
from tyreloop.alerts.standing import Change, Reading, Standing, judge
from tyreloop.alerts.texts import texts
from tyreloop.domain.alerts import Alert, AlertSource
from tyreloop.questions import ask
from tyreloop.settings import Settings
from tyreloop.store.alerts import record_alert

log = structlog.get_logger(__name__)


def judge_rules(
    connection: Connection, *, using: Settings, channels: Sequence[str], now: datetime
) -> list[Notice]:
    """Judge every rule in the caller's transaction; answers what changed."""
    before = ledger.standings(connection)
    notices = [
        notice for rule in rules(using) for notice in _judge_rule(connection, rule, before, using.tz, now)
    ]
    if notices:
        _tell(connection, notices, using=using, channels=channels, now=now)
    return notices


def writer(using: Settings) -> Writer:
    """Writes as this installation is set up."""
    return Writer(texts(using.alert_language), Links.of(using), ZoneInfo(using.tz))


def _judge_rule(
    connection: Connection, rule: Rule, before: Mapping[Place, Standing], zone: str, now: datetime
) -> Iterator[Notice]:
    readings = _readings(connection, rule, zone, now)
    if readings is None:
        return
    known = [place for place in before if place[0] == rule.name]
    for place in dict.fromkeys([*known, *readings]):
        standing, change = judge(rule, before.get(place), readings.get(place), now)
        if standing is not None:
            ledger.keep(connection, rule, standing)
        elif place in before:
            ledger.forget(connection, place)
        if change is Change.FIRED and standing is not None:
            yield Notice(rule, standing.reading, standing.bad_since)
        elif change is Change.RESOLVED:
            yield _end(rule, before[place], readings.get(place), now)


def _end(rule: Rule, standing: Standing, reading: Reading | None, now: datetime) -> Notice:
    """The last number if there is one; a version that nobody votes on any more has none."""
    return Notice(rule, reading or standing.reading, standing.bad_since, now)


def _readings(connection: Connection, rule: Rule, zone: str, now: datetime) -> dict[Place, Reading] | None:
    """What the rule's question answers now; none if it cannot be asked: then the rule stands as it stood."""
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT one_rule")
        try:
            rows = ask(
                connection,
                rule.question,
                since=now - rule.window,
                until=now,
                time_zone=zone,
                parameters=rule.parameters,
            )
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
    writes = writer(using)
    for notice in notices:
        record_alert(connection, _alert(notice, writes))
        log.info("alert", rule=notice.rule.name, ended=notice.ended_at is not None, **notice.reading.labels)
    message = writes.message(notices, _production(connection, using.tz, now))
    for channel in channels:
        ledger.line_up(connection, channel, message, now)


def _alert(notice: Notice, writes: Writer) -> Alert:
    return Alert(
        source=AlertSource.JOB,
        fingerprint=ledger.fingerprint(place_of(notice.rule, notice.reading.labels)),
        rule=notice.rule.name,
        severity=notice.rule.severity,
        title=writes.title(notice.rule),
        summary=writes.summary(notice.rule, notice.reading),
        started_at=notice.started_at,
        ended_at=notice.ended_at,
        labels=notice.reading.labels,
        value=notice.reading.value,
        n=notice.reading.n,
    )


def _production(connection: Connection, zone: str, now: datetime) -> str | None:
    """The version in Production, as people name it."""
    rows = ask(connection, "production_version", since=now, until=now, time_zone=zone)
    return f"{rows[0]['value']:.0f}" if rows[0]["value"] else None
