"""Judges the alert rules where there is no Grafana, and sends what people should know."""

from __future__ import annotations

from tyreloop.tasks.task import Details, Tools


def judge_alerts(tools: Tools) -> Details:
    """One run over all rules; where Grafana judges them, only what still waits is sent."""
    from tyreloop.alerts.channels import channels  # noqa: PLC0415 - loads Apprise, needed here only
    from tyreloop.alerts.judging import judge_rules  # noqa: PLC0415
    from tyreloop.alerts.sending import send_messages  # noqa: PLC0415

    ways, now = channels(tools.settings), tools.clock()
    changes = []
    if tools.settings.alert_judge == "job":
        names = [way.name for way in ways]
        changes = tools.database.run(
            lambda connection: judge_rules(connection, using=tools.settings, channels=names, now=now)
        )
    arrived, missed = send_messages(tools.database, ways, now=now)
    return {"changes": len(changes), "sent": arrived, "not_sent": missed}
