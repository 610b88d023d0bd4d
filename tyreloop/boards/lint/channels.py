"""Contact points, templates and policies: what keeps Grafana from starting."""

from __future__ import annotations

import re
from typing import Any

from tyreloop.boards.lint.files import UID, Complaints, Files, is_duration
from tyreloop.boards.lint.interpolation import Environment, interpolated

TEMPLATE_USED = re.compile(r'template "([^"]+)"')
TEMPLATE_MADE = re.compile(r'define "([^"]+)"')
# What Grafana says itself when a setting is empty.
NEEDED = {
    "discord": ("url", "could not find webhook url property in settings"),
    "webhook": ("url", "required field 'url' is not specified"),
}


def about_channels(files: Files, environment: Environment) -> Complaints:
    """Contact points and the policies that name them."""
    templates = {
        name for _, group in files.entries("templates") for name in TEMPLATE_MADE.findall(group["template"])
    }
    known = set()
    for file, point in files.entries("contactPoints"):
        known.add(point["name"])
        for receiver in point["receivers"]:
            for complaint in _about_receiver(receiver, templates, environment):
                yield f"{file}: {point['name']}: {complaint}"
    for file, group in files.entries("templates"):
        yield from (f"{file}: {complaint}" for complaint in _about_template(group))
    for file, policy in files.entries("policies"):
        tree = interpolated(policy, environment)
        yield from (f"{file}: {complaint}" for complaint in [*_about_root(tree), *_about_route(tree, known)])


def _about_receiver(receiver: dict[str, Any], templates: set[str], environment: Environment) -> Complaints:
    settings = interpolated(receiver["settings"], environment)
    if not UID.fullmatch(str(receiver.get("uid", ""))):
        yield f"the uid {receiver.get('uid')!r} is not one that Grafana takes"
    if receiver["type"] == "slack" and not settings.get("url"):
        if not settings.get("recipient"):
            yield "recipient must be specified when using the Slack chat API"
        elif not settings.get("token"):
            yield "token must be specified when using the Slack chat API"
    key, said = NEEDED.get(receiver["type"], ("", ""))
    if key and not settings.get(key):
        yield said
    for name, text in receiver["settings"].items():
        yield from _about_text(name, str(text), templates)


def _about_text(name: str, text: str, templates: set[str]) -> Complaints:
    if "{{" in text and "$" in text:
        yield f"{name}: a `$` in an inline template is taken for a variable"
    for used in TEMPLATE_USED.findall(text):
        if used not in templates and not used.startswith(("default.", "slack.default")):
            yield f"{name}: template {used!r} not defined"


def _about_template(group: dict[str, Any]) -> Complaints:
    text = group["template"]
    if text.count("{{") != text.count("}}"):
        yield f"template {group['name']}: unclosed action"
    opened = len(re.findall(r"{{-?\s*(?:if|range|define|with|block)\b", text))
    closed = len(re.findall(r"{{-?\s*end\s*-?}}", text))
    if opened != closed:
        yield f"template {group['name']}: {opened} blocks are opened and {closed} are closed"


def _about_root(root: dict[str, Any]) -> Complaints:
    if not root.get("receiver"):
        yield "root route must specify a default receiver"
    for key in ("matchers", "object_matchers", "match", "match_re"):
        if key in root:
            yield "root route must not have any matchers"
    for key in ("mute_time_intervals", "active_time_intervals"):
        if key in root:
            yield "root route must not have any mute time intervals"


def _about_route(route: dict[str, Any], known: set[str]) -> Complaints:
    if route.get("receiver") and route["receiver"] not in known:
        yield f"receiver '{route['receiver']}' does not exist"
    for key in ("group_wait", "group_interval", "repeat_interval"):
        if key in route and not is_duration(route[key]):
            yield f"{key}: not a valid duration string: {route[key]!r}"
        if key != "group_wait" and route.get(key) == "0s":
            yield f"{key} cannot be zero"
    for child in route.get("routes", []):
        yield from _about_route(child, known)
