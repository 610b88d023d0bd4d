"""The whole house for a browser: real Postgres, registry, service and pages, each on a port of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fixtures.stores import kept_in
from tests.fixtures.surroundings import database_environment, wait_until
from tests.vision.bundles import write_bundle_with_kinds
from tyreloop.bootstrap import open_releasing
from tyreloop.local.ports import any_free
from tyreloop.local.program import http_status, launch_command
from tyreloop.local.programs import streamlit_command
from tyreloop.models.release import ensure_first_model
from tyreloop.settings import environment_for_child, read_settings
from tyreloop.store.db import Database

SERVICE = ("-m", "inference_api")
SECRET = "a-secret-that-only-tests-know-0123456789"


@dataclass(frozen=True, slots=True)
class House:
    """Where the pages are, and what lies behind them."""

    url: str
    dsn: Mapping[str, Any]
    folder: Path


@contextmanager
def running_house(
    folder: Path, *, dsn: Mapping[str, Any], mlflow_uri: str, bundle: Path | None = None
) -> Iterator[House]:
    """Everything up; the small model in Production calls bright photos good and dark ones defective."""
    api_port, ui_port = any_free(), any_free()
    environment = _environment(folder, dsn, mlflow_uri, api_port)
    _release_a_model(folder, dsn, mlflow_uri, bundle or write_bundle_with_kinds(folder / "bundle", demo=True))
    with ExitStack() as started:
        started.enter_context(_running("api", (sys.executable, *SERVICE), environment, folder))
        started.enter_context(_running("ui", streamlit_command(ui_port), environment, folder))
        _wait_for(api_port, "/readyz", folder / "api.log")
        _wait_for(ui_port, "/_stcore/health", folder / "ui.log")
        yield House(f"http://localhost:{ui_port}", dsn, folder)


@contextmanager
def running_pages_alone(folder: Path) -> Iterator[House]:
    """Nothing behind the pages: every port that they know is closed."""
    closed, ui_port = any_free(), any_free()
    nobody = {"host": "127.0.0.1", "port": closed, "dbname": "none", "user": "none", "password": "none"}
    environment = _environment(folder, nobody, f"http://127.0.0.1:{closed}", closed)
    with _running("ui", streamlit_command(ui_port), environment, folder):
        _wait_for(ui_port, "/_stcore/health", folder / "ui.log")
        yield House(f"http://localhost:{ui_port}", nobody, folder)


def _environment(folder: Path, dsn: Mapping[str, Any], mlflow_uri: str, api_port: int) -> dict[str, str]:
    return environment_for_child(
        {
            "DATA_DIR": str(folder),
            **database_environment(dsn),
            "MLFLOW_TRACKING_URI": mlflow_uri,
            "MODEL_NAME": folder.name,
            "FLASK_PORT": str(api_port),
            "API_URL": f"http://127.0.0.1:{api_port}",
            "SECRET_KEY": SECRET,
            "RELEASE_SIGNING_KEY": SECRET,
            "MODEL_POLL_SECONDS": "1",
        }
    )


def _release_a_model(folder: Path, dsn: Mapping[str, Any], mlflow_uri: str, bundle: Path) -> None:
    settings = read_settings(
        beside_stack=False,
        mlflow_tracking_uri=mlflow_uri,
        model_name=folder.name,
        release_signing_key=SECRET,
    )
    with closing(Database(dsn)) as database:
        using = open_releasing(settings, kept_in(database))
        ensure_first_model(bundle, using=using)


@contextmanager
def _running(
    name: str, command: tuple[str, ...], environment: dict[str, str], folder: Path
) -> Iterator[None]:
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(launch_command(command), env=environment, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(port: int, path: str, log_file: Path) -> None:
    wait_until(lambda: http_status(port, path) == 200, path, log_file)
