"""The stack's table: every program of it, in one place. To add one, add a line."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tyreloop.local.cluster import ENVIRONMENT, Cluster
from tyreloop.local.folder import StackFolder
from tyreloop.local.ports import StackPorts
from tyreloop.local.program import LOOPBACK, Program, answers, http_probe, started
from tyreloop.models.signing import Signer
from tyreloop.private_files import keep_secret
from tyreloop.settings import Settings

CHECKOUT = Path(__file__).parents[2]
# Any question that needs the tables: MLflow makes them at the first one, which takes seconds.
MLFLOW_READY = "/api/2.0/mlflow/registered-models/search?max_results=1"


@dataclass(frozen=True, slots=True)
class StackPlan:
    """Everything that is decided before the first program starts."""

    settings: Settings
    folder: StackFolder
    ports: StackPorts
    cluster: Cluster

    @property
    def password(self) -> str:
        """The services' database password: the one that was set, else one made here."""
        given = self.settings.postgres_password.get_secret_value()
        return given or keep_secret(self.folder.secrets / "postgres_password")

    @property
    def release_verify_key(self) -> str:
        """What the service checks releases with; the key itself stays in a file."""
        given = self.settings.release_signing_key.get_secret_value()
        signer = Signer(given or keep_secret(self.folder.secrets / "release_key"))
        return self.settings.release_verify_key or signer.verify_key

    @property
    def environment(self) -> dict[str, str]:
        """What each program of the stack, and a command in another shell, must know."""
        secret_key = self.settings.secret_key.get_secret_value()
        return {
            "DATA_DIR": str(self.folder.root),
            "POSTGRES_HOST": LOOPBACK,
            "POSTGRES_PORT": str(self.ports.postgres),
            "POSTGRES_DB": self.settings.postgres_db,
            "POSTGRES_USER": self.settings.postgres_user,
            "POSTGRES_PASSWORD": self.password,
            "MLFLOW_PORT": str(self.ports.mlflow),
            "MLFLOW_TRACKING_URI": f"http://{LOOPBACK}:{self.ports.mlflow}",
            "FLASK_HOST": LOOPBACK,
            "FLASK_PORT": str(self.ports.api),
            "API_URL": f"http://{LOOPBACK}:{self.ports.api}",
            "STREAMLIT_PORT": str(self.ports.ui),
            "SECRET_KEY": secret_key or keep_secret(self.folder.secrets / "secret_key"),
            "RELEASE_VERIFY_KEY": self.release_verify_key,
            **self.comforts,
        }

    @property
    def comforts(self) -> dict[str, str]:
        """Nicer on one's own machine, unless set otherwise: logs for eyes, a registry that is asked often."""
        comforts = {"log_format": "text", "model_poll_seconds": "2"}
        chosen = self.settings.model_fields_set
        return {name.upper(): value for name, value in comforts.items() if name not in chosen}

    @property
    def mlflow_store(self) -> str:
        """MLflow's own database, as SQLAlchemy names it."""
        database = {"host": LOOPBACK, "port": self.ports.postgres, "dbname": self.settings.mlflow_db}
        return postgres_url({**database, "user": self.settings.postgres_user, "password": self.password})


def stack_table(plan: StackPlan) -> list[Program]:
    """Postgres first; the registry, the service and the pages side by side; the first model in between."""
    ports, python = plan.ports, sys.executable
    return [
        Program(
            name="postgres",
            title="Database",
            command=plan.cluster.server_command(ports.postgres),
            ready=lambda: answers(plan.cluster.dsn(ports.postgres)),
            environment=ENVIRONMENT,
            account=plan.cluster.account,
            stop_signal=signal.SIGINT,  # Postgres's fast shutdown
            stop_seconds=60,
        ),
        Program(
            name="databases",
            title="Databases and migrations",
            command=(python, "-m", "tyreloop.local.databases"),
            after=("postgres",),
        ),
        Program(
            name="mlflow",
            title="Model registry",
            command=mlflow_command(ports.mlflow),
            after=("databases",),
            ready=http_probe(ports.mlflow, MLFLOW_READY),
            url=f"http://{LOOPBACK}:{ports.mlflow}",
            environment=mlflow_environment(plan.mlflow_store, plan.folder.artifacts),
        ),
        Program(
            name="model",
            title="First model",
            command=(python, "-m", "tyreloop.cli", "first-model"),
            after=("mlflow",),
        ),
        Program(
            name="api",
            title="Inference service",
            command=(python, "-m", "inference_api"),
            after=("databases",),
            ready=http_probe(ports.api, "/readyz"),
            url=f"http://{LOOPBACK}:{ports.api}",
        ),
        Program(
            name="jobs",
            title="Scheduled jobs",
            command=(python, "-m", "tyreloop.tasks"),
            after=("databases",),
            ready=started,
        ),
        Program(
            name="worker",
            title="Worker",
            command=(python, "-m", "tyreloop.worker"),
            after=("databases",),
            ready=started,
        ),
        Program(
            name="ui",
            title="Pages",
            command=streamlit_command(ports.ui),
            after=("databases",),
            ready=http_probe(ports.ui, "/_stcore/health"),
            url=f"http://localhost:{ports.ui}",
        ),
    ]


def streamlit_command(port: int) -> tuple[str, ...]:
    """The pages, without Streamlit's welcome question and without its statistics."""
    options = {
        "server.port": str(port),
        "server.address": LOOPBACK,
        "server.headless": "true",
        "browser.gatherUsageStats": "false",
    }
    flags = (f"--{name}={value}" for name, value in options.items())
    return (sys.executable, "-m", "streamlit", "run", "streamlit_ui/app.py", *flags)


def mlflow_command(port: int) -> tuple[str, ...]:
    """One process. `mlflow server` would load everything twice: once to check, once to serve."""
    options = ("--host", LOOPBACK, "--port", str(port), "--log-level", "warning")
    return (sys.executable, "-m", "uvicorn", *options, "mlflow.server.fastapi_app:app")


def mlflow_environment(store: str, artifacts: Path) -> dict[str, str]:
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
