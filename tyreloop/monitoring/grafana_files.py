"""Everything that Grafana reads at its start, for one installation: data source, channels, messages, rules.

The boards are the same everywhere: boards.py makes them, and they lie in the repository.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

from tyreloop.monitoring.charts import call
from tyreloop.monitoring.messages import Links, Texts, texts
from tyreloop.monitoring.rules import Rule, Severity, Unit, in_words, rules
from tyreloop.settings import Settings

FOLDER = Path(__file__).parent
HEADING = "# Written by `tyreloop boards render`; change the rules, the texts or the settings instead.\n"
# Names never change once an installation exists.
DATASOURCE = {"type": "grafana-postgresql-datasource", "uid": "tyreloop-postgres"}
EXPRESSION = {"type": "__expr__", "uid": "__expr__"}
TAG = "tyreloop"
BOARD_FOLDER = "Tyreloop"
ALERT_FOLDER = "Tyreloop alerts"  # not that of the boards: Grafana's two provisioners run at the same time
TO_API = "tyreloop-api"
OURS = ["service", "=", TAG]
# A: the number that is judged. N: what it rests on. P: the version that answers now. C: the limit.
VALUE, REST, SERVED, LIMIT = "A", "N", "P", "C"
TOKEN = re.compile(r"<<(\w+)>>")  # no `$` and no braces: those are Grafana's


class Dumper(yaml.SafeDumper):
    """Texts of several lines keep their lines, and nothing is abbreviated with anchors."""

    def ignore_aliases(self, _: Any) -> bool:
        return True


def _text(dumper: Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


Dumper.add_representer(str, _text)


def render(using: Settings) -> Iterator[tuple[Path, str]]:
    """Each file's path below Grafana's folder, and its text."""
    words, links = texts(using.alert_language), Links.of(using)
    documents = {
        "datasources/tyreloop.yaml": datasource_file(using),
        "dashboards/tyreloop.yaml": provider_file(),
        "alerting/10-contact-points.yaml": contact_points_file(using),
        "alerting/20-templates.yaml": templates_file(words, using.tz),
        "alerting/30-policies.yaml": policies_file(using),
        "alerting/40-rules.yaml": rules_file(rules(using), words, links),
    }
    for name, document in documents.items():
        text = yaml.dump(document, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=4000)
        yield Path("provisioning", name), HEADING + text


@cache
def boards() -> Mapping[str, Any]:
    """The boards as boards.toml has them."""
    read = tomllib.loads((FOLDER / "boards.toml").read_text(encoding="utf-8"))
    return {name: board for name, board in read.items() if name != "meanings"}


@cache
def meaning_of(chart: str) -> str:
    """What a chart means and what to do about it."""
    read = tomllib.loads((FOLDER / "boards.toml").read_text(encoding="utf-8"))
    return str(read["meanings"][chart])


def board_uid(name: str) -> str:
    """The uid of a board, as it stands in its address."""
    return f"tyreloop-{name}"


def query(ref: str, sql: str, form: str) -> dict[str, Any]:
    """A query of a panel, a mark or a rule."""
    return {
        "refId": ref,
        "datasource": dict(DATASOURCE),
        "editorMode": "code",
        "format": form,
        "rawQuery": True,
        "rawSql": sql,
    }


def datasource_file(using: Settings) -> dict[str, Any]:
    """The database, read as the role that may only read; its password stays in Grafana's environment."""
    is_near = "." not in using.postgres_host or using.postgres_host.startswith("127.")
    source = {
        "name": "Tyreloop database",
        **DATASOURCE,
        "access": "proxy",
        "orgId": 1,
        "url": f"{using.postgres_host}:{using.postgres_port}",
        "user": "grafana_reader",
        "isDefault": True,
        "editable": False,
        "jsonData": {
            "database": using.postgres_db,
            "sslmode": "disable" if is_near else "require",
            "postgresVersion": 1500,
            "timescaledb": False,
            "timeInterval": "1m",
            "maxOpenConns": 10,
            "maxIdleConns": 5,
            "maxIdleConnsAuto": False,
            "connMaxLifetime": 14400,
        },
        # Without braces on purpose: it is expanded once, and a `$` in the password survives.
        "secureJsonData": {"password": "$GRAFANA_DB_PASSWORD"},
    }
    return {"apiVersion": 1, "prune": True, "datasources": [source]}


def provider_file() -> dict[str, Any]:
    """Where the boards lie."""
    provider = {
        "name": "tyreloop",
        "orgId": 1,
        "type": "file",
        "folder": BOARD_FOLDER,
        "folderUid": TAG,
        "disableDeletion": False,
        "allowUiUpdates": False,
        "updateIntervalSeconds": 30,
        "options": {"path": "/etc/grafana/dashboards", "foldersFromFilesStructure": False},
    }
    return {"apiVersion": 1, "providers": [provider]}


def contact_points_file(using: Settings) -> dict[str, Any]:
    """Who hears of alerts; with an empty webhook Grafana would not start, so a channel needs its address."""
    settings: dict[str, Any] = {
        "url": f"{using.api_url.rstrip('/')}/v1/alerts",
        "httpMethod": "POST",
        "maxAlerts": "50",
    }
    if using.alert_token.get_secret_value():
        settings["hmacConfig"] = {
            "secret": "$ALERT_TOKEN",
            "header": "X-Grafana-Alerting-Signature",
            "timestampHeader": "X-Grafana-Alerting-Timestamp",
        }
    # One contact point each: a channel that is taken out stays in Grafana's database, but no policy names it.
    receivers = [_receiver("api", "webhook", settings), *_people(using)]
    points = [{"orgId": 1, "name": receiver["uid"], "receivers": [receiver]} for receiver in receivers]
    return {"apiVersion": 1, "contactPoints": points}


def policies_file(using: Settings) -> dict[str, Any]:
    """The whole tree: the API hears everything, people hear it in groups, the less urgent less often."""
    root: dict[str, Any] = {
        "orgId": 1,
        "receiver": TO_API,
        "group_by": ["grafana_folder", "alertname"],
        "group_wait": "10s",
        "group_interval": "1m",
        "repeat_interval": "4h",
    }
    routes = [_route_to_people(receiver["uid"]) for receiver in _people(using)]
    if routes:
        root["routes"] = [*routes, {"receiver": TO_API, "object_matchers": [OURS]}]
    return {"apiVersion": 1, "policies": [root]}


def _people(using: Settings) -> list[dict[str, Any]]:
    """The channels that are set; their addresses stay in Grafana's environment, the files hold names only."""
    found, title = [], '{{ template "tyreloop.title" . }}'
    if using.slack_webhook_url.get_secret_value():
        text, colour = '{{ template "tyreloop.slack" . }}', '{{ template "tyreloop.colour" . }}'
        slack = {"title": title, "username": "Tyreloop", "text": text, "color": colour}
        found.append(_receiver("slack", "slack", {"url": "$SLACK_WEBHOOK_URL", **slack}))
    if using.discord_webhook_url.get_secret_value():
        text = '{{ template "tyreloop.discord" . }}'
        discord = {"title": title, "use_discord_username": True, "message": text}
        found.append(_receiver("discord", "discord", {"url": "$DISCORD_WEBHOOK_URL", **discord}))
    return found


def _receiver(name: str, kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    return {"uid": f"tyreloop-{name}", "type": kind, "disableResolveMessage": False, "settings": settings}


def _route_to_people(receiver: str) -> dict[str, Any]:
    def by_severity(severity: str, **timing: str) -> dict[str, Any]:
        return {"receiver": receiver, "object_matchers": [["severity", "=", severity]], **timing}

    return {
        "receiver": receiver,
        "object_matchers": [OURS],
        "continue": True,
        "group_wait": "30s",
        "group_interval": "5m",
        "repeat_interval": "4h",
        "routes": [
            by_severity("critical", group_wait="10s", repeat_interval="1h"),
            by_severity("info", group_wait="5m", repeat_interval="24h"),
        ],
    }


def templates_file(words: Texts, zone: str) -> dict[str, Any]:
    """The title, the colour, and a body for each channel.

    Slack writes `*bold*` and `<address|word>`, Discord `**bold**` and `[word](address)`, and Discord refuses
    more than 2,000 characters: beyond two alerts in one message (in Slack four) only their number is told.
    """
    title, body = (FOLDER / "messages.tmpl").read_text(encoding="utf-8").split("\n---\n")
    said = {**words.words, "zone": zone, "more": words.words["more"].format(count="{{ len .Alerts }}")}
    slack = {"name": "slack", "count": "4", "bold": "*", "link": "<{address}|{word}>"}
    discord = {"name": "discord", "count": "2", "bold": "**", "link": "[{word}]({address})"}
    parts = [_filled(title, said)]
    for channel in (slack, discord):
        link = channel["link"]
        board = link.format(address="{{ $a.PanelURL }}", word=words.words["board"])
        runbook = link.format(address="{{ $a.Annotations.runbook_url }}", word=words.words["runbook"])
        parts.append(_filled(body, {**said, **channel, "board": board, "runbook": runbook}))
    template = {"orgId": 1, "name": "tyreloop", "template": "\n".join(parts)}
    return {"apiVersion": 1, "templates": [template]}


def _filled(text: str, words: Mapping[str, str]) -> str:
    return TOKEN.sub(lambda token: words[token[1]], text)


def rules_file(rules: Sequence[Rule], words: Texts, links: Links) -> dict[str, Any]:
    """All rules, in one group per interval."""
    by_interval = sorted(rules, key=lambda rule: rule.every)
    groups = [
        {
            "orgId": 1,
            "name": f"tyreloop every {_span(every)}",
            "folder": ALERT_FOLDER,
            "interval": _span(every),
            "rules": [_rule(rule, words, links) for rule in together],
        }
        for every, together in groupby(by_interval, key=lambda rule: rule.every)
    ]
    return {"apiVersion": 1, "groups": groups}


def _span(span: timedelta) -> str:
    """A span in whole minutes, or 0s."""
    minutes = int(span.total_seconds() // 60)
    return f"{minutes}m" if minutes else "0s"


def _rule(rule: Rule, words: Texts, links: Links) -> dict[str, Any]:
    panels = boards()[rule.board]["panels"]
    return {
        "uid": f"tyreloop-{rule.name}",
        "title": rule.name,
        "condition": LIMIT,
        "for": _span(rule.lasting),
        "keepFiringFor": _span(rule.keep),
        "noDataState": "Alerting" if rule.silence_is_bad else "OK",
        # One restart of the database must not page once per rule that can wait.
        "execErrState": "Error" if rule.severity is Severity.CRITICAL else "KeepLast",
        "isPaused": False,
        "dashboardUid": board_uid(rule.board),
        "panelId": next(panel["id"] for panel in panels if panel["chart"] == rule.panel),
        "labels": {"severity": str(rule.severity), "service": TAG, "rule": rule.name},
        "annotations": _annotations(rule, words, links),
        "data": list(_queries(rule)),
    }


def _annotations(rule: Rule, words: Texts, links: Links) -> dict[str, str]:
    """What the message templates print; `$labels` and `$values` are Grafana's and stay as they are."""
    text, served = words.rules[rule.name], _number(SERVED, Unit.COUNT)
    labels = {name: f"{{{{ $labels.{name} }}}}" for name in rule.labels}
    version, none = words.words["version"].format(version=served), words.words["none"]
    said = {
        "headline": text.title,
        "summary": text.summary.format(
            value=_number(VALUE, rule.unit),
            n=_number(REST, Unit.COUNT),
            limit=in_words(rule.limit, rule.unit),
            **labels,
        ),
        "severity": words.severities[rule.severity],
        "served": f"{{{{ if $values.{SERVED}.Value }}}}{version}{{{{ else }}}}{none}{{{{ end }}}}",
        "runbook_url": links.runbook_of(rule),
    }
    return {**said, "advice": _advice(rule, words)} if rule.rollback_helps else said


def _advice(rule: Rule, words: Texts) -> str:
    """Rolling back helps only while the version that people judged is the one that answers."""
    if "model_version" not in rule.labels:
        return words.words["rollback"]
    is_served = f'eq $labels.model_version (printf "%.0f" $values.{SERVED}.Value)'
    gone = words.words["gone"].format(version="{{ $labels.model_version }}")
    return f"{{{{ if {is_served} }}}}{words.words['rollback']}{{{{ else }}}}{gone}{{{{ end }}}}"


def _number(ref: str, unit: Unit) -> str:
    """A number in an annotation, where `$values` holds each query's answer; see rules.in_words."""
    value = f"$values.{ref}.Value"
    match unit:
        case Unit.SHARE:
            return f"{{{{ humanizePercentage {value} }}}}"
        case Unit.MILLISECONDS:
            return f'{{{{ printf "%.0f" {value} }}}} ms'
        case Unit.NUMBER:
            return f'{{{{ printf "%.3g" {value} }}}}'
        case _:
            return f'{{{{ printf "%.0f" {value} }}}}'


def _queries(rule: Rule) -> Iterator[dict[str, Any]]:
    """One number per row beside the labels: Grafana takes no second one."""
    span = {"since": "$__timeFrom()", "until": "$__timeTo()"}
    given = {**span, "minimum_n": str(rule.minimum_n)}
    for ref, chart, columns in (
        (VALUE, rule.chart, [*rule.labels, "value"]),
        (REST, rule.chart, [*rule.labels, "n"]),
        (SERVED, "served_version", ["value"]),
    ):
        model = query(ref, call(chart, given, ", ".join(columns)), "table")
        yield {
            "refId": ref,
            "relativeTimeRange": {"from": int(rule.window.total_seconds()), "to": 0},
            "datasourceUid": DATASOURCE["uid"],
            "model": {**model, "intervalMs": 60_000, "maxDataPoints": 43_200},
        }
    yield {"refId": LIMIT, "datasourceUid": EXPRESSION["uid"], "model": _limit(rule)}


def _limit(rule: Rule) -> dict[str, Any]:
    bad, well = ("lt", "gt") if rule.below else ("gt", "lt")
    condition: dict[str, Any] = {"evaluator": {"type": bad, "params": [rule.limit]}}
    if rule.recover is not None:
        condition["unloadEvaluator"] = {"type": well, "params": [rule.recover]}
    return {
        "refId": LIMIT,
        "type": "threshold",
        "expression": VALUE,
        "datasource": dict(EXPRESSION),
        "conditions": [condition],
    }
