"""What the service says of itself becomes minutes, gauges and events; a restart doubles nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from inference_api.metrics import Metrics
from tests.contract.people import settings_for
from tests.fixtures.stand_in import Asked, answering
from tyreloop.monitoring.service_readings import events_between, look_at
from tyreloop.store.outbox import Kind, OutboxEntry, outbox_of
from tyreloop.tasks.catalogue import task_named
from tyreloop.tasks.schedule import read_schedule
from tyreloop.tasks.service import allowed_silence
from tyreloop.tasks.task import Tools, run_task, task_tools

watch_service = task_named("watch-service").work
NOON = datetime(2026, 6, 1, 12, 0, 30, tzinfo=UTC)


class Service:
    """The service's two pages that are read, with the service's own metrics behind them."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.model: dict[str, Any] = {"serving": 1, "wanted": 1, "conflict_with": None, "refused": {}}

    def answer(self, times: int, *, status: str = "200", seconds: float = 0.04) -> None:
        for _ in range(times):
            self.metrics.requests.labels("/v1/predictions", "POST", status).inc()
            self.metrics.seconds.labels("/v1/predictions").observe(seconds)
            self.metrics.stage_seconds.labels("decode").observe(0.012)
        self.metrics.requests.labels("/healthz", "GET", "200").inc()

    def page(self, asked: Asked) -> tuple[int, Any]:
        return 200, self.metrics.text() if asked.path == "/metrics" else self.model


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def tools(database_dsn: dict[str, Any], tmp_path: Path, service: Service) -> Iterator[Tools]:
    with answering(service.page) as address:
        using = settings_for(database_dsn, tmp_path / "data").model_copy(update={"api_url": address})
        with task_tools(using) as opened:
            yield opened


def at(tools: Tools, minutes: float) -> Tools:
    """The same tools at another moment."""
    return Tools(
        tools.settings, tools.database, tools.runs, tools.photos, lambda: NOON + timedelta(minutes=minutes)
    )


def rows(tools: Tools, sql: str) -> list[dict[str, Any]]:
    def read(connection: Any) -> list[dict[str, Any]]:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return [dict(row) for row in cursor.fetchall()]

    return tools.database.run(read)


def test_requests_errors_and_durations_are_kept_by_the_minute(tools: Tools, service: Service) -> None:
    service.answer(50)
    watch_service(at(tools, 0))  # the first look only remembers
    service.answer(30, seconds=0.04)
    service.answer(10, status="503", seconds=0.2)
    watch_service(at(tools, 1))
    found = rows(tools, "SELECT route, requests, errors FROM monitoring.route_minutes")
    assert found == [{"route": "/v1/predictions", "requests": 40, "errors": 10}]
    durations = rows(
        tools, "SELECT below_ms, observations FROM monitoring.service_latency WHERE kind = 'route'"
    )
    assert sorted((row["below_ms"], row["observations"]) for row in durations) == [(50, 30), (250, 10)]


def test_a_restarted_service_is_counted_from_its_start(tools: Tools, service: Service) -> None:
    service.answer(50)
    watch_service(at(tools, 0))
    service.metrics = Metrics()
    service.answer(7)
    watch_service(at(tools, 1))
    assert rows(tools, "SELECT requests FROM monitoring.route_minutes") == [{"requests": 7}]


def test_a_service_that_does_not_answer_is_a_finding(tools: Tools) -> None:
    away = Tools(
        tools.settings.model_copy(update={"api_url": "http://127.0.0.1:9"}),
        tools.database,
        tools.runs,
        tools.photos,
        lambda: NOON,
    )
    assert watch_service(away) == {"answered": False, "outbox_entries": 0}
    assert rows(tools, "SELECT value FROM monitoring.service_gauges WHERE gauge = 'up'") == [{"value": 0.0}]


def test_swaps_and_refusals_become_events_once(tools: Tools, service: Service) -> None:
    watch_service(at(tools, 0))
    service.model = {"serving": 1, "wanted": 2, "conflict_with": 3, "refused": {"2": "golden photos differ"}}
    watch_service(at(tools, 1))
    watch_service(at(tools, 2))
    found = rows(
        tools, "SELECT kind, model_version FROM monitoring.model_events ORDER BY happened_at, kind DESC"
    )
    assert [(row["kind"], row["model_version"]) for row in found] == [
        ("serving", "1"),
        ("refused", "2"),
        ("conflict", "3"),
    ]


def test_the_outboxes_are_counted(tools: Tools) -> None:
    outbox = outbox_of(tools.settings)
    outbox.put(OutboxEntry(Kind.VOTE, "p" * 32, "visitor-1", "{}"))
    outbox.close()
    assert watch_service(at(tools, 0))["outbox_entries"] == 1


def test_each_scheduled_job_gets_its_limit(tools: Tools) -> None:
    watch_service(at(tools, 0))
    limits = {row["job"]: row["silent_minutes"] for row in rows(tools, "SELECT * FROM monitoring.jobs")}
    assert limits["roll-up"] == 17
    assert limits["backup"] == 2 * 24 * 60 + 15
    assert limits["remind-reviewers"] == 2 * 3 * 24 * 60 + 15  # from Friday to Monday


def test_the_jobs_run_with_the_rights_they_have(tools: Tools) -> None:
    for name in ("watch-service", "judge-alerts"):
        assert run_task(task_named(name), tools) is not None


def test_where_grafana_judges_the_job_does_not(tools: Tools) -> None:
    using = tools.settings.model_copy(update={"alert_judge": "grafana"})
    there = Tools(using, tools.database, tools.runs, tools.photos, tools.clock)
    assert run_task(task_named("judge-alerts"), there) == {"changes": 0, "sent": 0, "not_sent": 0}


def test_an_address_that_answers_nonsense_is_no_answer(service: Service) -> None:
    service.model = {}
    with answering(service.page) as address:
        assert look_at(address).answered
        assert not look_at(f"{address}/elsewhere?").answered


def test_nothing_new_is_no_event() -> None:
    model = {"serving": 1, "conflict_with": 2, "refused": {"3": "x"}}
    assert list(events_between(model, model)) == []


def test_a_move_that_nobody_signed_is_told_as_a_refusal_once() -> None:
    before, now = {"serving": 1, "unsigned": None}, {"serving": 1, "unsigned": 4}
    [event] = events_between(before, now)
    assert (event.kind, event.model_version, event.details) == (
        "refused",
        "4",
        "nobody signed this move of Production",
    )
    assert list(events_between(now, now)) == []


def test_a_job_of_every_minute_may_be_silent_for_a_quarter_of_an_hour() -> None:
    line = read_schedule("* * * * * tyreloop jobs run roll-up")[0]
    assert allowed_silence(line) == timedelta(minutes=17)
