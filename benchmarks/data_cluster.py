"""A throw-away database with the newest schema, for the benchmarks of the data side."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg2

from tests.fixtures.cluster_server import running_cluster
from tyreloop.local.databases import ensure_databases
from tyreloop.local.ports import any_free
from tyreloop.store.migrations import migrate
from tyreloop.store.reader import set_reader_password

NAME, PASSWORD = "tyreloop", "only-for-benchmarks"


@dataclass(frozen=True, slots=True)
class Scratch:
    """How the three kinds of users connect."""

    superuser: dict[str, Any]
    owner: dict[str, Any]
    reader: dict[str, Any]

    def do(self, sql: str) -> None:
        """A statement with every right, outside any transaction."""
        with closing(psycopg2.connect(**{**self.superuser, "dbname": NAME})) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in sql.split(";\n"):
                    cursor.execute(statement)

    def one(self, sql: str) -> Any:
        """The one value that a query answers."""
        with closing(psycopg2.connect(**self.owner)) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            row = cursor.fetchone()
            return row[0] if row else None


@contextmanager
def scratch_database() -> Iterator[Scratch]:
    """A durable cluster under the temporary folder, removed at the end."""
    folder = Path(mkdtemp(prefix="tyreloop-bench-"))
    folder.chmod(0o711)
    try:
        with running_cluster(folder, near_port=any_free()) as superuser:
            ensure_databases(superuser, owner=NAME, password=PASSWORD, names=(NAME,), tz="Asia/Seoul")
            owner = {**superuser, "user": NAME, "password": PASSWORD, "dbname": NAME}
            migrate(owner)
            set_reader_password(owner, PASSWORD)
            yield Scratch(superuser, owner, {**owner, "user": "grafana_reader"})
    finally:
        shutil.rmtree(folder, ignore_errors=True)
