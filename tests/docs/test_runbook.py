"""The runbook is a contract: each alert has its heading, what it means, what to look at and what to do."""

from __future__ import annotations

import re

from tyreloop.monitoring.messages import RUNBOOK
from tyreloop.monitoring.rules import rules
from tyreloop.settings import Settings

SECTIONS = dict(
    re.findall(r"^## (.+)\n((?:(?!^## ).*\n?)*)", RUNBOOK.read_text(encoding="utf-8"), flags=re.MULTILINE)
)


def test_each_alert_and_nothing_else_has_a_heading() -> None:
    assert list(SECTIONS) == [rule.name for rule in rules(Settings.model_construct())]


def test_each_heading_says_what_it_means_what_to_look_at_and_what_to_do() -> None:
    for name, text in SECTIONS.items():
        for part in ("**Meaning.**", "**First look.**", "**Action.**"):
            assert part in text, name
