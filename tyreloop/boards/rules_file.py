"""The alert rules as Grafana's alerting files have them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from tyreloop.alerts import numbers
from tyreloop.alerts.links import ROLLBACK, Links
from tyreloop.alerts.rule import Rule, Severity, Unit
from tyreloop.alerts.texts import Texts
from tyreloop.boards import names
from tyreloop.boards.boards import board_named
from tyreloop.questions import question
from tyreloop.questions.variables import replace

# A: the number that is judged. N: what it rests on. P: the version in Production. C: the limit.
VALUE, REST, PRODUCTION, LIMIT = "A", "N", "P", "C"


def rules_file(rules: Sequence[Rule], texts: Texts, links: Links) -> dict[str, Any]:
    """All rules, in one group per interval."""
    by_interval = sorted(rules, key=lambda rule: rule.every)
    groups = [
        {
            "orgId": 1,
            "name": f"tyreloop every {written(every)}",
            "folder": names.ALERT_FOLDER,
            "interval": written(every),
            "rules": [_rule(rule, texts, links) for rule in together],
        }
        for every, together in groupby(by_interval, key=lambda rule: rule.every)
    ]
    return {"apiVersion": 1, "groups": groups}


def written(span: timedelta) -> str:
    """A span in whole minutes, or 0s."""
    minutes = int(span.total_seconds() // 60)
    return f"{minutes}m" if minutes else "0s"


def rule_sql(rule: Rule, column: str) -> str:
    """One number per row, beside the labels: Grafana takes no second one."""
    asked = replace(question(rule.question).sql, rule.parameters)
    columns = ", ".join([*rule.labels, column])
    return f"SELECT {columns} FROM (\n{asked}\n) AS rule"  # noqa: S608 - all parts are our own


def _rule(rule: Rule, texts: Texts, links: Links) -> dict[str, Any]:
    board = board_named(rule.board)
    return {
        "uid": rule.uid,
        "title": rule.name,
        "condition": LIMIT,
        "for": written(rule.lasting),
        "keepFiringFor": written(rule.keep),
        "noDataState": "Alerting" if rule.silence_is_bad else "OK",
        # One restart of the database must not page once per rule that can wait.
        "execErrState": "Error" if rule.severity is Severity.CRITICAL else "KeepLast",
        "isPaused": False,
        "dashboardUid": names.board_uid(board.name),
        "panelId": board.panel_of(rule.panel).number,
        "labels": {"severity": str(rule.severity), "service": names.TAG, "rule": rule.name},
        "annotations": _annotations(rule, texts, links),
        "data": list(_queries(rule)),
    }


def _annotations(rule: Rule, texts: Texts, links: Links) -> dict[str, str]:
    """What the message templates print; `$labels` and `$values` are Grafana's and stay as they are."""
    text = texts.rules[rule.name]
    labels = {name: f"{{{{ $labels.{name} }}}}" for name in rule.labels}
    said = {
        "headline": text.title,
        "summary": text.summary.format(
            value=numbers.template(VALUE, rule.unit),
            n=numbers.template(REST, Unit.COUNT),
            limit=numbers.written(rule.limit, rule.unit),
            **labels,
        ),
        "severity": texts.severities[rule.severity],
        "production": numbers.template(PRODUCTION, Unit.COUNT),
        "runbook_url": links.runbook_of(rule),
    }
    return {**said, "rollback": ROLLBACK} if rule.rollback_helps else said


def _queries(rule: Rule) -> Iterator[dict[str, Any]]:
    yield _query(VALUE, rule_sql(rule, "value"), rule.window)
    yield _query(REST, rule_sql(rule, "n"), rule.window)
    yield _query(PRODUCTION, question("production_version").sql, rule.window)
    yield {"refId": LIMIT, "datasourceUid": names.EXPRESSION["uid"], "model": _limit(rule)}


def _query(ref: str, sql: str, window: timedelta) -> dict[str, Any]:
    return {
        "refId": ref,
        "relativeTimeRange": {"from": int(window.total_seconds()), "to": 0},
        "datasourceUid": names.DATASOURCE_UID,
        "model": {
            "refId": ref,
            "datasource": dict(names.DATASOURCE),
            "editorMode": "code",
            "format": "table",
            "rawQuery": True,
            "rawSql": sql,
            "intervalMs": 60_000,
            "maxDataPoints": 43_200,
        },
    }


def _limit(rule: Rule) -> dict[str, Any]:
    condition: dict[str, Any] = {"evaluator": {"type": str(rule.side), "params": [rule.limit]}}
    if rule.recover is not None:
        condition["unloadEvaluator"] = {"type": str(rule.side.other), "params": [rule.recover]}
    return {
        "refId": LIMIT,
        "type": "threshold",
        "expression": VALUE,
        "datasource": dict(names.EXPRESSION),
        "conditions": [condition],
    }
