"""A database server and a RabbitMQ node that a test may kill: folders and ports of their own."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.postgres_server import MIGRATOR, PASSWORD
from tests.fixtures.surroundings import wait_until
from tyreloop.local import databases
from tyreloop.local.cluster import ENVIRONMENT, Cluster
from tyreloop.local.ports import any_free, is_free
from tyreloop.local.program import LOOPBACK, answers, launch_command
from tyreloop.settings import environment_for_child
from tyreloop.store.migrations import migrate

RABBIT = next(
    filter(None, map(shutil.which, ("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server"))), None
)
NO_RABBIT = "RabbitMQ is not installed (Debian: apt-get install --no-install-recommends rabbitmq-server)."


@dataclass(slots=True)
class Server:
    """A program that can be killed and started anew in the same place."""

    command: list[str]
    environment: Mapping[str, str]
    log: Path
    is_ready: Callable[[], bool]
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Return when it answers; one that ends at once (its dead twin still lingers) is started again."""
        self._spawn()
        wait_until(self._answers, f"the start of {self.log.stem}", self.log)

    def kill(self) -> None:
        """Without a word, and without waiting for what it had begun."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def _spawn(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=environment_for_child(dict(self.environment)),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _answers(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            self._spawn()
        return self.is_ready()


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """Started here, and surely gone at the end."""
    try:
        server.start()
        yield server
    finally:
        if server.process is not None:
            server.kill()


@contextmanager
def own_database(folder: Path) -> Iterator[tuple[Server, dict[str, Any]]]:
    """A durable cluster of its own with the newest schema; yields its postmaster and the way in."""
    cluster, port = Cluster.prepare(folder / "own-postgres"), any_free()
    owner = cluster.dsn(port)
    command = launch_command(
        cluster.server_command(port), account=cluster.account, parting_signal=signal.SIGQUIT
    )
    server = Server(command, ENVIRONMENT, folder / "postgres.log", lambda: answers(owner))
    with running(server):
        databases.ensure_databases(owner, migrator=MIGRATOR, password=PASSWORD, names=("jobs",), tz="UTC")
        dsn = {**owner, "user": MIGRATOR, "password": PASSWORD, "dbname": "jobs"}
        migrate(dsn)
        yield server, dsn


@contextmanager
def own_rabbit(folder: Path) -> Iterator[tuple[Server, str]]:
    """A RabbitMQ node with a port mapper of its own; yields the node and its URL."""
    epmd = shutil.which("epmd")
    if RABBIT is None or epmd is None:
        pytest.skip(NO_RABBIT)
    ports = {name: any_free() for name in ("mapper", "node", "between_nodes")}
    environment = _rabbit_environment(folder / "rabbit", ports)
    mapper = Server(
        launch_command([epmd, "-address", LOOPBACK, "-port", str(ports["mapper"])]),
        environment,
        folder / "epmd.log",
        lambda: not is_free(ports["mapper"]),
    )
    node = Server(
        launch_command([RABBIT]),
        environment,
        folder / "rabbit.log",
        lambda: not is_free(ports["node"]),
    )
    with running(mapper), running(node):
        yield node, f"amqp://guest:guest@{LOOPBACK}:{ports['node']}//"


def _rabbit_environment(home: Path, ports: Mapping[str, int]) -> dict[str, str]:
    home.mkdir()
    (home / "rabbitmq.conf").write_text(
        f"listeners.tcp.1 = {LOOPBACK}:{ports['node']}\ndisk_free_limit.absolute = 1MB\n"
    )
    (home / "plugins").write_text("[].\n")
    return {
        "HOME": str(home),
        "ERL_EPMD_PORT": str(ports["mapper"]),
        "ERL_EPMD_ADDRESS": LOOPBACK,
        "RABBITMQ_NODENAME": f"throw-away-{ports['node']}@localhost",
        "RABBITMQ_DIST_PORT": str(ports["between_nodes"]),
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
        "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "made"),
        # The script becomes the node itself, so that a kill meets the node.
        "RABBITMQ_ALLOW_INPUT": "1",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput",
    }
