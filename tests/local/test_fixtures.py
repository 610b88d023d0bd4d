"""The fixtures that every other test stands on."""

from __future__ import annotations

import os
import signal
from contextlib import closing
from typing import Any, cast

import psycopg2
import pytest
from psycopg2.errors import QueryCanceled
from psycopg2.extensions import cursor

from tests.fixtures.postgres_server import drop_database
from tyreloop.local.databases import OWNER, create_database, statements


def tables(dsn: dict[str, Any]) -> set[str]:
    with statements(dsn) as at:
        at.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {name for (name,) in at.fetchall()}


def test_a_fresh_database_has_the_newest_schema(database_dsn: dict[str, Any]) -> None:
    assert {"schema_migrations", "predictions", "votes"} <= tables(database_dsn)


def test_an_empty_database_has_no_table(empty_database_dsn: dict[str, Any]) -> None:
    assert tables(empty_database_dsn) == set()


def test_the_services_do_not_own_the_server(database_dsn: dict[str, Any]) -> None:
    with statements(database_dsn) as at:
        at.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert at.fetchone() == (False,)


class AtTheServer:
    """A cursor; a process that stands still goes on when a statement has waited for it too long."""

    def __init__(self, real: cursor, stopped: int) -> None:
        self.real, self.stopped = real, stopped

    def execute(self, *arguments: Any) -> None:
        try:
            self.real.execute(*arguments)
        except QueryCanceled:
            os.kill(self.stopped, signal.SIGCONT)
            raise


@pytest.mark.skipif("TEST_POSTGRES" in os.environ, reason="Its processes are not ours to stop.")
def test_a_database_is_dropped_though_a_process_was_not_heard_at_first(
    postgres_server: dict[str, Any], migrated_template: str
) -> None:
    assert migrated_template  # the role exists
    with statements(postgres_server) as at, closing(psycopg2.connect(**postgres_server)) as bystander:
        create_database(at, "dropped_late", owner=OWNER)
        stopped = bystander.info.backend_pid
        os.kill(stopped, signal.SIGSTOP)
        try:
            drop_database(cast("cursor", AtTheServer(at, stopped)), "dropped_late", patience_seconds=0.3)
        finally:
            os.kill(stopped, signal.SIGCONT)
        at.execute("SELECT 1 FROM pg_database WHERE datname = 'dropped_late'")
        assert at.fetchone() is None
