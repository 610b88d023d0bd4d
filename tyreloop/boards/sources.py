"""Where Grafana reads its data and its boards."""

from __future__ import annotations

from typing import Any

from tyreloop.boards import names
from tyreloop.settings import Settings

BOARDS_FOLDER_IN_GRAFANA = "/etc/grafana/dashboards"


def datasource_file(using: Settings) -> dict[str, Any]:
    """The database, read as the role that may only read; its password stays in Grafana's environment."""
    source = {
        "name": "Tyreloop database",
        "uid": names.DATASOURCE_UID,  # never change it while an installation exists
        "type": names.DATASOURCE_TYPE,
        "access": "proxy",
        "orgId": 1,
        "url": f"{using.postgres_host}:{using.postgres_port}",
        "user": "grafana_reader",
        "isDefault": True,
        "editable": False,
        "jsonData": {
            "database": using.postgres_db,
            "sslmode": _ssl_mode(using.postgres_host),
            "postgresVersion": 1500,
            "timescaledb": False,
            "timeInterval": "1m",
            "maxOpenConns": 10,
            "maxIdleConns": 5,
            "maxIdleConnsAuto": False,
            "connMaxLifetime": 14400,
        },
        # Without braces on purpose: it is expanded once, and a `$` in the password survives.
        "secureJsonData": {"password": "$GRAFANA_DB_PASSWORD"},
    }
    return {"apiVersion": 1, "prune": True, "datasources": [source]}


def boards_file() -> dict[str, Any]:
    """Where the boards lie."""
    provider = {
        "name": "tyreloop",
        "orgId": 1,
        "type": "file",
        "folder": names.BOARD_FOLDER,
        "folderUid": names.TAG,
        "disableDeletion": False,
        "allowUiUpdates": False,
        "updateIntervalSeconds": 30,
        "options": {"path": BOARDS_FOLDER_IN_GRAFANA, "foldersFromFilesStructure": False},
    }
    return {"apiVersion": 1, "providers": [provider]}


def _ssl_mode(host: str) -> str:
    """A database on this machine or in the same Compose network needs no TLS; any other does."""
    is_near = "." not in host or host.startswith("127.")
    return "disable" if is_near else "require"
