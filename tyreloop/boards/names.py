"""The names that Grafana's files share; a name never changes once an installation exists."""

from __future__ import annotations

from typing import Any

DATASOURCE_UID = "tyreloop-postgres"
DATASOURCE_TYPE = "grafana-postgresql-datasource"
BOARD_FOLDER = "Tyreloop"
# Not the folder of the boards: Grafana's two provisioners run at the same time.
ALERT_FOLDER = "Tyreloop alerts"
TAG = "tyreloop"

DATASOURCE: dict[str, Any] = {"type": DATASOURCE_TYPE, "uid": DATASOURCE_UID}
EXPRESSION: dict[str, Any] = {"type": "__expr__", "uid": "__expr__"}
ITSELF: dict[str, Any] = {"type": "grafana", "uid": "-- Grafana --"}


def board_uid(name: str) -> str:
    """The uid of a board, as it stands in its address."""
    return f"tyreloop-{name}"
