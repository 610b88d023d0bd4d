"""What ought to be in Grafana: read from the files beside this tool, or from another folder of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

GRAFANA = Path(__file__).parents[1]


@dataclass(frozen=True)
class OwnFiles:
    """The boards, and the names of the data source, of the rules and of the contact points."""

    boards: list[dict[str, Any]]
    datasource: dict[str, Any]
    rules: list[str]
    contact_points: list[str]


def read_own_files(folder: Path = GRAFANA) -> OwnFiles:
    """Every board, and every name that the provisioning files promise."""
    boards = [
        json.loads(file.read_text(encoding="utf-8"))
        for file in sorted((folder / "dashboards").glob("*.json"))
    ]
    documents = [
        yaml.safe_load(file.read_text(encoding="utf-8"))
        for kind in ("datasources", "alerting")
        for file in sorted((folder / "provisioning" / kind).glob("*.yaml"))
    ]

    def entries(key: str) -> list[dict[str, Any]]:
        return [entry for document in documents for entry in document.get(key, [])]

    return OwnFiles(
        boards=boards,
        datasource=entries("datasources")[0],
        rules=[rule["uid"] for group in entries("groups") for rule in group["rules"]],
        contact_points=[point["name"] for point in entries("contactPoints")],
    )
