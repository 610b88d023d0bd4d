"""The stack's table: every program of it, in one place. To add one, add a line."""

from __future__ import annotations

import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from tyreloop.local import registry_server
from tyreloop.local.cluster import ENVIRONMENT, Cluster
from tyreloop.local.folder import StackFolder
from tyreloop.local.ports import StackPorts
from tyreloop.local.readiness import http_probe, postgres_probe, started
from tyreloop.local.secrets_file import keep_secret
from tyreloop.local.service import Service
from tyreloop.local.tcp_port import LOOPBACK
from tyreloop.settings import Settings

CHECKOUT = Path(__file__).parents[2]
MLFLOW_DATABASE = "mlflow"
GUNICORN_FILES = ("inference_api/gunicorn.conf.py", "inference_api.wsgi:app")


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
        return self.settings.postgres_password.get_secret_value() or keep_secret(
            self.folder.secrets / "postgres_password"
        )

    @property
    def secret_key(self) -> str:
        """What signs cookies: the one that was set, else one made here."""
        return self.settings.secret_key.get_secret_value() or keep_secret(self.folder.secrets / "secret_key")

    @property
    def environment(self) -> dict[str, str]:
        """What each program of the stack, and a command in another shell, must know."""
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
            "SECRET_KEY": self.secret_key,
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
        database = {"host": LOOPBACK, "port": self.ports.postgres, "dbname": MLFLOW_DATABASE}
        owner = {"user": self.settings.postgres_user, "password": self.password}
        return registry_server.postgres_url({**database, **owner})


def stack_table(plan: StackPlan) -> list[Service]:
    """Postgres first; the registry, the service and the pages side by side; the first model in between."""
    ports, python = plan.ports, sys.executable
    return [
        Service(
            name="postgres",
            title="Database",
            command=plan.cluster.server_command(ports.postgres),
            ready=postgres_probe(plan.cluster.dsn(ports.postgres)),
            environment=ENVIRONMENT,
            account=plan.cluster.account,
            stop_signal=signal.SIGINT,  # Postgres's fast shutdown
            stop_seconds=60,
        ),
        Service(
            name="databases",
            title="Databases and migrations",
            command=(python, "-m", "tyreloop.local.prepare_databases"),
            after=("postgres",),
        ),
        Service(
            name="mlflow",
            title="Model registry",
            command=registry_server.server_command(ports.mlflow),
            after=("databases",),
            ready=http_probe(ports.mlflow, registry_server.READY_PATH),
            url=f"http://{LOOPBACK}:{ports.mlflow}",
            environment=registry_server.server_environment(plan.mlflow_store, plan.folder.artifacts),
        ),
        Service(
            name="model",
            title="First model",
            command=(python, "-m", "tyreloop.local.first_model"),
            after=("mlflow",),
        ),
        Service(
            name="api",
            title="Inference service",
            command=(python, "-m", "gunicorn", "-c", *GUNICORN_FILES),
            after=("databases",),
            ready=http_probe(ports.api, "/readyz"),
            url=f"http://{LOOPBACK}:{ports.api}",
        ),
        Service(
            name="jobs",
            title="Scheduled jobs",
            command=(python, "-m", "tyreloop.tasks"),
            after=("databases",),
            ready=started,
        ),
        Service(
            name="worker",
            title="Worker",
            command=(python, "-m", "tyreloop.worker"),
            after=("databases",),
            ready=started,
        ),
        Service(
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
