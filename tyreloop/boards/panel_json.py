"""A panel as Grafana's schema v1 has it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tyreloop.boards import names
from tyreloop.boards.drawing import field_config, options
from tyreloop.boards.panel import Panel
from tyreloop.questions import question

MEANINGS = Path(__file__).with_name("meanings.toml")


def target(sql: str, form: str, ref: str = "A") -> dict[str, Any]:
    """One query of a panel or an annotation."""
    return {
        "refId": ref,
        "datasource": names.DATASOURCE,
        "editorMode": "code",
        "rawQuery": True,
        "format": form,
        "rawSql": sql,
    }


def panel_json(panel: Panel, *, x: int, y: int, height: int) -> dict[str, Any]:
    """A panel in Grafana's schema v1."""
    return {
        "id": panel.number,
        "title": panel.title,
        "description": meaning_of(panel.question),
        "type": panel.kind,
        "datasource": names.DATASOURCE,
        "gridPos": {"x": x, "y": y, "w": panel.width, "h": height},
        "interval": panel.shortest_step,
        "targets": [target(question(panel.question).sql, panel.format)],
        "fieldConfig": field_config(panel),
        "options": options(panel),
        "links": [],
    }


def meaning_of(question_name: str) -> str:
    """What a chart of this question means and what to do about it."""
    return " ".join(_meanings()[question_name]["meaning"].split())


@cache
def _meanings() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(MEANINGS.read_text(encoding="utf-8"))
