"""A board in schema v1: rows of panels, its variables, the marks of releases, links to its neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tyreloop.boards import names
from tyreloop.boards.panel import Panel
from tyreloop.boards.panel_json import panel_json, target
from tyreloop.boards.variables import board_variables
from tyreloop.questions import question

COLUMNS = 24
SCHEMA_VERSION = 42


@dataclass(frozen=True, slots=True)
class BoardRow:
    """Panels beside each other, equally high."""

    height: int
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """One question that a board answers, and its rows."""

    name: str
    title: str
    answers: str
    rows: tuple[BoardRow, ...]

    @property
    def panels(self) -> tuple[Panel, ...]:
        return tuple(panel for row in self.rows for panel in row.panels)

    def panel_of(self, question_name: str) -> Panel:
        """The panel that draws a question."""
        return next(panel for panel in self.panels if panel.question == question_name)


def board_json(board: Board) -> dict[str, Any]:
    """The whole board as Grafana reads it from a file."""
    return {
        "uid": names.board_uid(board.name),
        "title": board.title,
        "description": board.answers,
        "tags": [names.TAG],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "timezone": "",  # what Grafana is set to: the installation's zone
        "weekStart": "monday",
        "time": {"from": "now-7d", "to": "now"},
        "refresh": "1m",
        "fiscalYearStartMonth": 0,
        "links": [_link_to_neighbours()],
        "templating": {"list": board_variables()},
        "annotations": {"list": [*_annotations()]},
        "panels": list(_placed(board)),
    }


def _placed(board: Board) -> Iterator[dict[str, Any]]:
    y = 0
    for row in board.rows:
        x = 0
        for panel in row.panels:
            yield panel_json(panel, x=x, y=y, height=row.height)
            x += panel.width
        y += row.height


def _link_to_neighbours() -> dict[str, Any]:
    """A menu of all our boards that keeps the time and the variables."""
    return {
        "type": "dashboards",
        "title": "Tyreloop",
        "tags": [names.TAG],
        "asDropdown": False,
        "includeVars": True,
        "keepTime": True,
        "targetBlank": False,
        "icon": "external link",
        "tooltip": "",
        "url": "",
    }


def _annotations() -> Iterator[dict[str, Any]]:
    yield {
        "builtIn": 1,
        "name": "Annotations & Alerts",
        "type": "dashboard",
        "datasource": names.ITSELF,
        "enable": True,
        "hide": True,
        "iconColor": "rgba(0, 211, 255, 1)",
    }
    yield {
        "name": "Releases",
        "datasource": names.DATASOURCE,
        "enable": True,
        "hide": False,
        "iconColor": "purple",
        "target": target(question("releases").sql, "table", "Releases"),
    }
    yield {
        "name": "Notes",
        "datasource": names.ITSELF,
        "enable": True,
        "hide": False,
        "iconColor": "blue",
        "target": {"type": "tags", "tags": [names.TAG], "matchAny": True, "limit": 100},
    }
