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
        """Statements with every right, outside any transaction."""
        rows_of({**self.superuser, "dbname": NAME}, *sql.split(";\n"))

    def one(self, sql: str) -> Any:
        """The one value that a query answers."""
        return rows_of(self.owner, sql)[0][0]


def rows_of(dsn: dict[str, Any], *statements: str) -> list[Any]:
    """What the last of these statements answers, each for itself."""
    with closing(psycopg2.connect(**dsn)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def scratch_database() -> Iterator[Scratch]:
    """A durable cluster under the temporary folder, removed at the end."""
    folder = Path(mkdtemp(prefix="tyreloop-bench-"))
    folder.chmod(0o711)
    try:
        with running_cluster(folder, near_port=any_free()) as superuser:
            ensure_databases(superuser, migrator=NAME, password=PASSWORD, names=(NAME,), tz="Asia/Seoul")
            owner = {**superuser, "user": NAME, "password": PASSWORD, "dbname": NAME}
            migrate(owner)
            set_reader_password(owner, PASSWORD)
            yield Scratch(superuser, owner, {**owner, "user": "grafana_reader"})
    finally:
        shutil.rmtree(folder, ignore_errors=True)
