"""Who hears of alerts: always our own API, and Slack and Discord where they are configured."""

from __future__ import annotations

from typing import Any

from tyreloop.boards import names
from tyreloop.settings import Settings

TO_API = "tyreloop-api"
OURS = ["service", "=", names.TAG]


def contact_points_file(using: Settings) -> dict[str, Any]:
    """Grafana refuses to start with an empty webhook: a channel is there only when its address is."""
    receivers = [_to_api(using), *people(using)]
    # One contact point each: a channel that is taken out stays in Grafana's database, but no policy names it.
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
    routes = [_route_to_people(receiver["uid"]) for receiver in people(using)]
    if routes:
        root["routes"] = [*routes, {"receiver": TO_API, "object_matchers": [OURS]}]
    return {"apiVersion": 1, "policies": [root]}


def people(using: Settings) -> list[dict[str, Any]]:
    """The channels that are set; their addresses stay in Grafana's environment, the files hold names only."""
    found = []
    if using.slack_webhook_url.get_secret_value():
        slack = {"username": "Tyreloop", "text": '{{ template "tyreloop.slack" . }}'}
        found.append(_to_people("slack", "$SLACK_WEBHOOK_URL", slack))
    if using.discord_webhook_url.get_secret_value():
        discord = {"use_discord_username": True, "message": '{{ template "tyreloop.discord" . }}'}
        found.append(_to_people("discord", "$DISCORD_WEBHOOK_URL", discord))
    return found


def _route_to_people(receiver: str) -> dict[str, Any]:
    return {
        "receiver": receiver,
        "object_matchers": [OURS],
        "continue": True,
        "group_wait": "30s",
        "group_interval": "5m",
        "repeat_interval": "4h",
        "routes": [
            _by_severity(receiver, "critical", group_wait="10s", repeat_interval="1h"),
            _by_severity(receiver, "info", group_wait="5m", repeat_interval="24h"),
        ],
    }


def _by_severity(receiver: str, severity: str, **timing: str) -> dict[str, Any]:
    return {"receiver": receiver, "object_matchers": [["severity", "=", severity]], **timing}


def _to_api(using: Settings) -> dict[str, Any]:
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
    return _receiver("api", "webhook", settings)


def _to_people(kind: str, address: str, texts: dict[str, Any]) -> dict[str, Any]:
    return _receiver(kind, kind, {"url": address, "title": '{{ template "tyreloop.title" . }}', **texts})


def _receiver(name: str, kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    return {"uid": f"tyreloop-{name}", "type": kind, "disableResolveMessage": False, "settings": settings}
