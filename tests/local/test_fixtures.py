"""The fixtures that every other test stands on."""

from __future__ import annotations

from typing import Any

import psycopg2
import pytest

from tyreloop.local.databases import statements


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


def test_a_wrong_password_is_refused(database_dsn: dict[str, Any]) -> None:
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(**{**database_dsn, "password": "guessed"})
