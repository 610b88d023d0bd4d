"""The registry of the whole loop: its own, with the patience that a machine at work asks for."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.mlflow_server import server_environment
from tyreloop.local import programs
from tyreloop.local.ports import any_free
from tyreloop.local.program import http_status, launch_command

PATIENCE_SECONDS = 300


@pytest.fixture(scope="session")
def mlflow_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("loop-mlflow"), any_free()
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            launch_command(programs.mlflow_command(port)),
            env=server_environment(folder),
            stdout=log,
            stderr=log,
        )
    try:
        wait_until_ready(port, folder / "server.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE_SECONDS)


def wait_until_ready(port: int, log_file: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while http_status(port, programs.MLFLOW_READY) != 200:
        if time.monotonic() > deadline:
            pytest.fail(f"MLflow did not start:\n{log_file.read_text()[-2000:]}")
        time.sleep(0.2)
