"""The service, looked at every minute, and the alert rules."""

from __future__ import annotations

from tyreloop.jobs import judge_alerts as alerts
from tyreloop.jobs import watch_service as watching
from tyreloop.tasks.task import Details, Tools, task


@task("watch-service", schedule="* * * * *")
def watch_service(tools: Tools) -> Details:
    """Keep what the service says of itself, for charts and alerts."""
    return watching.watch_service(tools)


@task("judge-alerts", schedule="* * * * *")
def judge_alerts(tools: Tools) -> Details:
    """Judge the alert rules and send what people should know."""
    return alerts.judge_alerts(tools)
