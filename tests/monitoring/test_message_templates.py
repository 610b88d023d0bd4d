"""Grafana's messages stay within Discord's and Slack's limits, whatever the alert and its addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tyreloop.monitoring.grafana_files import rules_file, templates_file
from tyreloop.monitoring.messages import LANGUAGES, Links, texts
from tyreloop.monitoring.rules import rules
from tyreloop.settings import Settings

# What Grafana puts in, at its longest: a panel's address carries the time, the organisation and the panel.
LONGEST = {
    "PanelURL": 170,
    "runbook_url": 110,
    "severity": 21,
    "served": 16,
    "advice": 120,
    "StartsAt": 20,
    "EndsAt": 20,
    "len": 3,
}
LIMITS = {"discord": 2000 - 80, "slack": 4000, "title": 256, "colour": 30}


def longest(action: str, summary: int, headline: int) -> str:
    """An action replaced by as many letters as it can print; what only decides prints nothing."""
    if action.startswith(("if", "else", "end", "range", "define")):
        return ""
    sizes = {**LONGEST, "summary": summary, "headline": headline}
    return next("x" * size for name, size in sizes.items() if name in action)


def bodies(language: str) -> Iterator[tuple[str, str, int]]:
    """Each template's name, text and the number of alerts that it shows."""
    group = templates_file(texts(language), "Asia/Seoul")["templates"][0]
    for text in group["template"].split("{{ define ")[1:]:
        name = text.split('"')[1]
        shown = re.search(r"lt \$i (\d)", text)
        yield name, "{{ define " + text, int(shown[1]) if shown else 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_longest_message_fits(language: str) -> None:
    using = Settings.model_construct(
        alert_language=language, grafana_url="https://g", runbook_url="https://r"
    )
    document = rules_file(rules(using), texts(language), Links.of(using))
    written = [rule["annotations"] for group in document["groups"] for rule in group["rules"]]
    summary = max(len(re.sub(r"{{.*?}}", "12,345.6 %", said["summary"])) for said in written)
    headline = max(len(said["headline"]) for said in written)
    for name, text, alerts in bodies(language):
        one = re.sub(r"{{-? ?(.*?) ?-?}}", lambda action: longest(action[1], summary, headline), text)
        assert len(one) * alerts <= LIMITS[name.removeprefix("tyreloop.")], name
