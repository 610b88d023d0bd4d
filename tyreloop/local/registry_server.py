"""How the MLflow server is started: one process, tables in Postgres, artifacts served through it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

APP = "mlflow.server.fastapi_app:app"
# Any question that needs the tables: MLflow makes them at the first one, which takes seconds.
READY_PATH = "/api/2.0/mlflow/registered-models/search?max_results=1"


def server_command(port: int) -> tuple[str, ...]:
    """The server itself. `mlflow server` would load everything twice: once to check, once to serve."""
    options = ("--host", "127.0.0.1", "--port", str(port), "--log-level", "warning")
    return (sys.executable, "-m", "uvicorn", *options, APP)


def server_environment(store: str, artifacts: Path) -> dict[str, str]:
    """What `mlflow server` itself hands to the server that it starts (mlflow/server/__init__.py)."""
    return {
        "_MLFLOW_SERVER_FILE_STORE": store,
        "_MLFLOW_SERVER_REGISTRY_STORE": store,
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
        "_MLFLOW_SERVER_ARTIFACT_ROOT": "mlflow-artifacts:/",
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": artifacts.resolve().as_uri(),
        "_MLFLOW_SGI_NAME": "uvicorn",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "PYTHONWARNINGS": "ignore",  # its own deprecations say nothing to those who run it
    }


def postgres_url(dsn: Mapping[str, Any]) -> str:
    """A database as SQLAlchemy names it."""
    password = quote(str(dsn["password"]), safe="")
    return f"postgresql+psycopg2://{dsn['user']}:{password}@{dsn['host']}:{dsn['port']}/{dsn['dbname']}"
