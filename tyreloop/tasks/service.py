"""The service, looked at every minute, and the alert rules."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from time import time
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extras import Json

from tyreloop.monitoring.evaluate import evaluate_rules
from tyreloop.monitoring.machines import machine_gauges
from tyreloop.monitoring.service_readings import (
    Increase,
    Look,
    ModelEvent,
    events_between,
    increase_between,
    look_at,
)
from tyreloop.settings import Settings
from tyreloop.store.db import queries
from tyreloop.store.outbox import journal_of, outbox_of
from tyreloop.tasks.schedule import Line, standing_schedule
from tyreloop.tasks.task import Details, Tools, task

MINUTES_KEPT, GAUGES_KEPT, HOURS_KEPT = timedelta(days=2), timedelta(days=35), timedelta(days=400)
GRACE = timedelta(minutes=15)


@task("watch-service", schedule="* * * * *")
def watch_service(tools: Tools) -> Details:
    """Keep what the service says of itself, for charts and alerts."""
    look = look_at(
        tools.settings.api_url
    )  # one that does not answer is a finding, not a failure of this task
    now = tools.clock()
    gauges = {**look.gauges, **outbox_gauges(tools.settings), **machine_gauges(tools.settings, now)}
    gauges |= {"up": float(look.answered), "conflict_with": float(look.model.get("conflict_with") or 0)}
    tools.database.run(lambda connection: _keep(connection, look, gauges, now))
    tools.database.run(_note_limits)
    return {"answered": look.answered, "outbox_entries": int(gauges["outbox_entries"])}


@task("judge-alerts", schedule="* * * * *")
def judge_alerts(tools: Tools) -> Details:
    """Judge the alert rules and send what people should know."""
    # Loads Apprise, which is needed here only.
    from tyreloop.monitoring.channels import channels, send_messages  # noqa: PLC0415

    ways, now = channels(tools.settings), tools.clock()
    changes = []
    if tools.settings.alert_judge == "job":  # where Grafana judges them, only what still waits is sent
        names = [way.name for way in ways]
        changes = tools.database.run(
            lambda connection: evaluate_rules(connection, using=tools.settings, channels=names, now=now)
        )
    arrived, missed = send_messages(tools.database, ways, now=now)
    return {"changes": len(changes), "sent": arrived, "not_sent": missed}


def allowed_silence(line: Line) -> timedelta:
    """Twice the longest pause between two runs, and a little: one failed run alone pages nobody."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)  # any moment: the pauses of two weeks are looked at
    moments = [moment]
    while moments[-1] < moment + timedelta(days=14) and len(moments) < 50:
        moments.append(line.next_time(moments[-1]))
    return 2 * max(after - before for before, after in pairwise(moments[1:])) + GRACE


def outbox_gauges(settings: Settings) -> dict[str, float]:
    """Entries in the outbox of this machine, and the age of the oldest, there or on its way."""
    with closing(outbox_of(settings)) as outbox, closing(journal_of(settings)) as journal:
        first = [*outbox.waiting(limit=1), *journal.waiting(limit=1)]
        oldest = max((time() - entry.put_at for entry in first), default=0.0)
        return {"outbox_entries": float(outbox.count()), "outbox_oldest_seconds": oldest}


def _keep(connection: Connection, look: Look, gauges: Mapping[str, float], now: datetime) -> None:
    minute = now.replace(second=0, microsecond=0)
    rows = [{"minute": minute, "gauge": name, "value": value} for name, value in gauges.items()]
    queries.put_service_gauge(connection, rows)
    _forget(connection, now)
    if not look.answered:
        return  # the next answer is compared with the last one there was
    last = queries.last_service_reading(connection)
    if last is not None:
        _keep_work(connection, minute, increase_between(last["counters"]["counters"], look.counters))
    before: Mapping[str, Any] = last["counters"]["model"] if last else {}
    _keep_events(connection, list(events_between(before, look.model)), now)
    remembered = {"counters": dict(look.counters), "model": dict(look.model)}
    queries.keep_service_reading(connection, read_at=now, counters=Json(remembered))


def _keep_work(connection: Connection, minute: datetime, work: Increase) -> None:
    routes = [
        {"minute": minute, "route": route, "requests": requests, "errors": work.errors[route]}
        for route, requests in work.requests.items()
        if requests
    ]
    latency = [
        {"minute": minute, "kind": kind, "name": name, "below_ms": below, "observations": count}
        for (kind, name, below), count in work.latency.items()
    ]
    if routes:
        queries.add_route_minute(connection, routes)
        queries.add_route_hour(connection, routes)
    if latency:
        queries.add_service_latency(connection, latency)
        queries.add_service_latency_hour(connection, latency)


def _keep_events(connection: Connection, events: list[ModelEvent], now: datetime) -> None:
    if events:
        queries.add_model_event(connection, [{"happened_at": now, **asdict(event)} for event in events])


def _forget(connection: Connection, now: datetime) -> None:
    queries.forget_old_minutes(
        connection,
        minutes_before=now - MINUTES_KEPT,
        gauges_before=now - GAUGES_KEPT,
        hours_before=now - HOURS_KEPT,
    )


def _note_limits(connection: Connection) -> None:
    """Write down how long each task may be silent, as the schedule says now."""
    rows = [
        {"job": line.task.name, "silent_minutes": allowed_silence(line) / timedelta(minutes=1)}
        for line in standing_schedule()
    ]
    queries.put_job_limit(connection, rows)
    queries.drop_job_limits(connection, jobs=[row["job"] for row in rows])
