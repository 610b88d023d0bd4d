"""Asks a running Grafana whether everything is there and works; each finding is one sentence."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from grafana_client import GrafanaApi
from grafana_client.client import GrafanaClientError, GrafanaException
from niquests.exceptions import RequestException
from own_files import OwnFiles

AWAY = (GrafanaException, RequestException, OSError)


def wait_for_grafana(api: GrafanaApi, own: OwnFiles, *, seconds: float, pause: float = 1.0) -> bool:
    """Until the last thing that Grafana provisions is there; its health page answers long before."""
    deadline = time.monotonic() + seconds
    while True:
        if _is_there(lambda: [api.alertingprovisioning.get_alertrule(uid) for uid in own.rules[-1:]]):
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)


def findings(api: GrafanaApi, own: OwnFiles) -> Iterator[str]:
    """Everything that is not as the files say; nothing is good."""
    yield from _about_datasource(api, own.datasource["uid"])
    for board in own.boards:
        yield from _about_board(api, board)
    yield from _about_rules(api, own.rules)
    yield from _about_contact_points(api, own.contact_points)


def _about_datasource(api: GrafanaApi, uid: str) -> Iterator[str]:
    try:
        health = api.datasource.health(uid)
    except GrafanaException as error:
        yield f"The data source {uid} is not healthy: {error}"
        return
    if health.get("status") != "OK":
        yield f"The data source {uid} is not healthy: {health.get('message', 'no reason given')}"


def _about_board(api: GrafanaApi, board: dict[str, Any]) -> Iterator[str]:
    try:
        there = api.dashboard.get_dashboard(board["uid"])["dashboard"]
    except GrafanaClientError:
        yield f"The board {board['uid']} is missing."
        return
    if len(there.get("panels", [])) != len(board["panels"]):
        yield f"The board {board['uid']} has other panels than its file."


def _about_rules(api: GrafanaApi, wanted: list[str]) -> Iterator[str]:
    known = {rule["uid"]: rule["title"] for rule in api.alertingprovisioning.get_alertrules_all()}
    judged = _judged_rules(api)
    for uid in wanted:
        if uid not in known:
            yield f"The rule {uid} is missing."
            continue
        state = judged.get(known[uid], {})
        if state.get("health") not in ("ok", "nodata"):
            reason = state.get("lastError") or "it was not judged yet"
            yield f"The rule {uid} does not evaluate: {reason}"


def _judged_rules(api: GrafanaApi) -> dict[str, dict[str, Any]]:
    """How Grafana's scheduler judged each rule last, by its title."""
    answer = api.client.GET("/prometheus/grafana/api/v1/rules")
    return {rule["name"]: rule for group in answer["data"]["groups"] for rule in group["rules"]}


def _about_contact_points(api: GrafanaApi, wanted: list[str]) -> Iterator[str]:
    there = {point["name"] for point in api.alertingprovisioning.get_contactpoints()}
    for name in wanted:
        if name not in there:
            yield f"The contact point {name} is missing."


def _is_there(look: Callable[[], object]) -> bool:
    try:
        look()
    except AWAY:
        return False
    return True
