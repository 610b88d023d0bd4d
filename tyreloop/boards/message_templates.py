"""Grafana's message templates, one for Slack and one for Discord, in the chosen language.

Slack writes `*bold*` and `<address|word>`, Discord `**bold**` and `[word](address)`, and Discord refuses more
than 2,000 characters: beyond two alerts in one message (in Slack four) only their number is told.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tyreloop.alerts.texts import Texts

TEMPLATES = Path(__file__).parent / "templates" / "messages.tmpl"
TOKEN = re.compile(r"<<(\w+)>>")  # no `$` and no braces: those are Grafana's
RUNBOOK = "{{ $a.Annotations.runbook_url }}"


def templates_file(texts: Texts, zone: str, *, runbook_is_address: bool) -> dict[str, Any]:
    """One group of templates: the title, and a body for each channel."""
    word = texts.words["runbook"]
    plain = f"{word}: `{RUNBOOK}`"
    words = {
        **texts.words,
        "zone": zone,
        "more": texts.words["more"].format(count="{{ len .Alerts }}"),
        "slack_runbook": f"<{RUNBOOK}|{word}>" if runbook_is_address else plain,
        "discord_runbook": f"[{word}]({RUNBOOK})" if runbook_is_address else plain,
    }
    body = TOKEN.sub(lambda token: words[token[1]], TEMPLATES.read_text(encoding="utf-8"))
    return {"apiVersion": 1, "templates": [{"orgId": 1, "name": "tyreloop", "template": body}]}
