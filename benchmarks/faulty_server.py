"""A Postgres server that can be killed, locked and filled, and started again."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from time import sleep
from typing import Any

import psutil
import psycopg2

from benchmarks.data_cluster import NAME, PASSWORD, rows_of
from tests.fixtures.cluster_server import stop, wait_for_answer
from tyreloop.local.cluster import Cluster
from tyreloop.local.databases import ensure_databases
from tyreloop.local.ports import any_free
from tyreloop.local.program import launch_command

CLIENT_PROCESSES = """
SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


class FaultyServer:
    """One cluster, durable as it is shipped."""

    def __init__(self, folder: Path) -> None:
        self._cluster = Cluster.prepare(folder)
        self._log = folder / "server.log"
        self.port = any_free()
        self.superuser = self._cluster.dsn(self.port)
        self.start()
        ensure_databases(self.superuser, migrator=NAME, password=PASSWORD, names=(NAME,), tz="Asia/Seoul")
        self.owner = {**self.superuser, "user": NAME, "password": PASSWORD, "dbname": NAME}

    def start(self) -> None:
        """Start, after a crash with all that belongs to it, and wait for an answer."""
        command = self._cluster.server_command(self.port)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                launch_command(command, account=self._cluster.account), cwd="/", stdout=log, stderr=log
            )
        wait_for_answer(self._process, self.superuser, log_file=self._log)

    def close(self) -> None:
        stop(self._process)

    def kill_backends(self) -> None:
        """SIGKILL to every connection's process: the server restarts itself."""
        for row in self.ask(CLIENT_PROCESSES):
            with suppress(ProcessLookupError):
                os.kill(row[0], signal.SIGKILL)

    def kill(self, how: signal.Signals, *, down_for: float) -> None:
        """End the server at once, SIGQUIT being an immediate stop, and start it again after a while."""
        children = psutil.Process(self._process.pid).children(recursive=True)
        self._process.send_signal(how)
        self._process.wait(30)
        sleep(down_for)
        psutil.wait_procs(children, timeout=30)  # they notice a little later that their parent is gone
        self.start()

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Nobody else gets at a table."""
        with closing(psycopg2.connect(**{**self.superuser, "dbname": NAME})) as connection:
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield

    @contextmanager
    def without_connections(self) -> Iterator[None]:
        """As if all connections were taken by others."""
        self.ask(f"ALTER ROLE {NAME} CONNECTION LIMIT 0")
        self.ask(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{NAME}'")  # noqa: S608
        yield
        self.ask(f"ALTER ROLE {NAME} CONNECTION LIMIT -1")

    def ask(self, sql: str) -> list[Any]:
        """A statement with every right."""
        return rows_of({**self.superuser, "dbname": NAME}, sql)
