"""An embedded Postgres server for the length of a `with` block: what tests and one-off commands use."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tyreloop.local.cluster import ENVIRONMENT, Cluster
from tyreloop.local.databases import answers
from tyreloop.local.errors import StackFailed
from tyreloop.local.program import launch_command
from tyreloop.local.tcp_port import next_free
from tyreloop.settings import environment_for_child


@contextmanager
def running_cluster(folder: Path, *, near_port: int, durable: bool = True) -> Iterator[dict[str, Any]]:
    """A server in this folder, on a free port; yields how its owner connects."""
    cluster = Cluster.prepare(folder)
    port = next_free(near_port)
    command = cluster.server_command(port, durable=durable)
    with (folder / "server.log").open("ab") as log:
        server = subprocess.Popen(  # noqa: S603 - our own binary
            launch_command(command, account=cluster.account, parting_signal=signal.SIGQUIT),
            env=environment_for_child(ENVIRONMENT),
            cwd="/",
            stdout=log,
            stderr=log,
        )
    try:
        wait_for_answer(server, cluster.dsn(port), log_file=folder / "server.log")
        yield cluster.dsn(port)
    finally:
        stop(server)


def wait_for_answer(server: subprocess.Popen[bytes], dsn: dict[str, Any], *, log_file: Path) -> None:
    """Return when the server answers; give its last words when it ends instead."""
    deadline = time.monotonic() + 100
    while not answers(dsn):
        if server.poll() is not None or time.monotonic() > deadline:
            raise StackFailed(f"Postgres did not start: {log_file.read_text().strip().splitlines()[-1:]}")
        time.sleep(0.05)


def stop(server: subprocess.Popen[bytes]) -> None:
    """SIGINT is Postgres's fast shutdown: it ends connections and writes everything down."""
    server.send_signal(signal.SIGINT)
    try:
        server.wait(timeout=30)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
