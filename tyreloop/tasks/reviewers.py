"""Reminds people of corrections that nobody has looked at."""

from __future__ import annotations

from datetime import timedelta

from tyreloop.store.db import queries
from tyreloop.tasks.task import Details, Tools, task

PATIENCE = timedelta(days=1)


@task("remind-reviewers", schedule="0 9 * * 1-5")
def remind_reviewers(tools: Tools) -> Details:
    """Tell people when corrections wait for more than a day."""
    row = tools.database.ask(queries.open_corrections)
    waiting, oldest = row["corrections"], row["oldest_given_at"]
    if not waiting or tools.clock() - oldest < PATIENCE:
        return {"waiting": waiting, "reminded": 0}
    return {"waiting": waiting, "reminded": _tell(tools, waiting, (tools.clock() - oldest).days)}


def _tell(tools: Tools, waiting: int, days: int) -> int:
    from tyreloop.monitoring.channels import channels  # noqa: PLC0415 - loads Apprise, needed here only
    from tyreloop.monitoring.messages import Message  # noqa: PLC0415

    korean = tools.settings.alert_language == "ko"
    text = TEXTS["ko" if korean else "en"].format(waiting=waiting, days=days)
    message = Message("Tyreloop", text)
    return sum(channel.send(message) for channel in channels(tools.settings))


TEXTS = {
    "en": "Corrections that wait for a reviewer: {waiting}; the oldest has waited for days: {days}.",
    "ko": "검토를 기다리는 정정이 {waiting}건 있습니다. 가장 오래된 것은 {days}일째 기다리고 있습니다.",
}
