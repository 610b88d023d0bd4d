"""The stack's table: every program of it, in one place. To add one, add a line."""

from __future__ import annotations

import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tyreloop.local import registry_gate
from tyreloop.local.cluster import ENVIRONMENT, Cluster
from tyreloop.local.folder import StackFolder, login_file
from tyreloop.local.ports import StackPorts
from tyreloop.local.program import LOOPBACK, Program, answers, http_probe, started
from tyreloop.models.signing import Signer
from tyreloop.private_files import keep_secret, write_privately
from tyreloop.settings import SECRETS, Settings

CHECKOUT = Path(__file__).parents[2]
MLFLOW_USER = "tyreloop"
MLFLOW_READY = registry_gate.READY
REGISTRY = ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD")
SIGNS = ("SECRET_KEY", "OIDC_CLIENT_SECRET", "RELEASE_SIGNING_KEY")  # cookies, people, releases
ALERTS = ("SLACK_WEBHOOK_URL", "DISCORD_WEBHOOK_URL", "ALERT_TOKEN")


@dataclass(frozen=True, slots=True)
class StackPlan:
    """Everything that is decided before the first program starts."""

    settings: Settings
    folder: StackFolder
    ports: StackPorts
    cluster: Cluster

    @property
    def secrets(self) -> dict[str, str]:
        """By the name of their variable: those that were set, and those that are made here."""
        given = {name: getattr(self.settings, name) for name in SECRETS}
        found = {name.upper(): value.get_secret_value() for name, value in given.items()}
        for name in ("postgres_password", "secret_key", "mlflow_tracking_password"):
            found[name.upper()] = found[name.upper()] or keep_secret(self.folder.secrets / name)
        found["MLFLOW_TRACKING_USERNAME"] = self.settings.mlflow_tracking_username or MLFLOW_USER
        return {name: value for name, value in found.items() if value}

    @property
    def release_verify_key(self) -> str:
        """What the service checks releases with; the key itself stays in a file."""
        given = self.settings.release_signing_key.get_secret_value()
        signer = Signer(given or keep_secret(self.folder.secrets / "release_key"))
        return self.settings.release_verify_key or signer.verify_key

    @property
    def public(self) -> dict[str, str]:
        """What each program must know: what was set, and where everything is; nothing that is secret."""
        chosen = self.settings.model_dump(include=self.settings.model_fields_set - SECRETS, exclude_none=True)
        return {
            "LOG_FORMAT": "text",  # for eyes
            "MODEL_POLL_SECONDS": "2",  # on one's own machine the registry is asked often
            **{name.upper(): str(value) for name, value in chosen.items()},
            "DATA_DIR": str(self.folder.root),
            "POSTGRES_HOST": LOOPBACK,
            "POSTGRES_PORT": str(self.ports.postgres),
            "POSTGRES_DB": self.settings.postgres_db,
            "MLFLOW_PORT": str(self.ports.mlflow),
            "MLFLOW_TRACKING_URI": f"http://{LOOPBACK}:{self.ports.mlflow}",
            "FLASK_HOST": LOOPBACK,
            "FLASK_PORT": str(self.ports.api),
            "API_URL": f"http://{LOOPBACK}:{self.ports.api}",
            "STREAMLIT_PORT": str(self.ports.ui),
            "RELEASE_VERIFY_KEY": self.release_verify_key,
        }

    @property
    def environment(self) -> dict[str, str]:
        """What a command in another shell must know: its user is the stack's operator."""
        return {**self.public, **self.secrets, "POSTGRES_USER": self.settings.postgres_user}

    def only(self, *names: str, as_service: str = "") -> dict[str, str]:
        """Of the secrets these alone, and the database's password of this service or of the owner."""
        secrets = {name: value for name, value in self.secrets.items() if name in names}
        if as_service:
            login = keep_secret(self.folder.secrets / login_file(as_service))
            return {**secrets, "POSTGRES_USER": f"tyreloop_{as_service}", "POSTGRES_PASSWORD": login}
        owner = {"POSTGRES_USER": self.settings.postgres_user}
        return {**secrets, **owner, "POSTGRES_PASSWORD": self.secrets["POSTGRES_PASSWORD"]}

    @property
    def mlflow_environment(self) -> dict[str, str]:
        """MLflow's own database, which it alone owns; its login lies in a file."""
        password = quote(keep_secret(self.folder.secrets / login_file("mlflow")), safe="")
        place = f"{LOOPBACK}:{self.ports.postgres}/{self.settings.mlflow_db}"
        hosts = f"{LOOPBACK}:{self.ports.mlflow},localhost:{self.ports.mlflow}"
        return {
            **mlflow_environment(f"postgresql+psycopg2://mlflow:{password}@{place}", self.folder.artifacts),
            "MLFLOW_SERVER_ALLOWED_HOSTS": hosts,
        }

    @property
    def mlflow_login(self) -> Path:
        """The file with the registry's name and password."""
        file = self.folder.mlflow_login
        write_privately(file, ":".join(self.secrets[name] for name in REGISTRY))
        return file


def stack_table(plan: StackPlan) -> list[Program]:
    """Postgres first; the registry, the service and the pages side by side; the first model in between."""
    ports, python = plan.ports, sys.executable
    signs_for_the_worker = ("SECRET_KEY",) if plan.settings.visitors_must_sign_in else ()
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
            environment=plan.only("GRAFANA_DB_PASSWORD"),
        ),
        Program(
            name="mlflow",
            title="Model registry",
            command=mlflow_command(ports.mlflow, login=plan.mlflow_login),
            after=("databases",),
            ready=http_probe(ports.mlflow, MLFLOW_READY),
            url=f"http://{LOOPBACK}:{ports.mlflow}",
            environment=plan.mlflow_environment,
        ),
        Program(
            name="model",
            title="First model",
            command=(python, "-m", "tyreloop.cli", "first-model"),
            after=("mlflow",),
            environment=plan.only("RELEASE_SIGNING_KEY", *REGISTRY, as_service="pages"),
        ),
        Program(
            name="api",
            title="Inference service",
            command=(python, "-m", "inference_api"),
            after=("databases",),
            ready=http_probe(ports.api, "/readyz"),
            url=f"http://{LOOPBACK}:{ports.api}",
            environment=plan.only("SECRET_KEY", "ALERT_TOKEN", *REGISTRY, as_service="api"),
        ),
        Program(
            name="jobs",
            title="Scheduled jobs",
            command=(python, "-m", "tyreloop.tasks"),
            after=("databases",),
            ready=started,
            environment=plan.only(*ALERTS, *REGISTRY, as_service="tasks"),
        ),
        Program(
            name="worker",
            title="Worker",
            command=(python, "-m", "tyreloop.worker"),
            after=("databases",),
            ready=started,
            environment=plan.only("BROKER_URL", *signs_for_the_worker, *REGISTRY, as_service="worker"),
        ),
        Program(
            name="ui",
            title="Pages",
            command=streamlit_command(ports.ui),
            after=("databases",),
            ready=http_probe(ports.ui, "/_stcore/health"),
            url=f"http://localhost:{ports.ui}",
            environment=plan.only(*SIGNS, *REGISTRY, as_service="pages"),
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


def mlflow_command(port: int, *, login: Path | None = None) -> tuple[str, ...]:
    """The registry behind its gate."""
    asked = ("--login", str(login)) if login else ()
    return (sys.executable, registry_gate.__file__, "--port", str(port), *asked)


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
