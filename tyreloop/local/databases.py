"""Roles and databases inside the embedded Postgres, made or corrected at every start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT, cursor

Dsn = Mapping[str, Any]


def answers(dsn: Dsn) -> bool:
    """Whether the server takes a connection now."""
    try:
        psycopg2.connect(**dsn).close()
    except psycopg2.OperationalError:
        return False
    return True


@contextmanager
def statements(dsn: Dsn) -> Iterator[cursor]:
    """A cursor outside any transaction: databases cannot be made inside one."""
    with closing(psycopg2.connect(**dsn)) as connection:
        connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
        with connection.cursor() as at:
            yield at


def ensure_databases(dsn: Dsn, *, owner: str, password: str, names: tuple[str, ...], tz: str) -> None:
    """Let `owner` log in with this password and own each of these databases."""
    with statements(dsn) as at:
        ensure_role(at, owner, password)
        for name in names:
            ensure_database(at, name, owner)
            zone = sql.SQL("ALTER DATABASE {} SET timezone TO {}")
            at.execute(zone.format(sql.Identifier(name), sql.Literal(tz)))


def ensure_role(at: cursor, name: str, password: str) -> None:
    """A role that owns its databases and may make lesser roles, and nothing more."""
    at.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,))
    verb = "ALTER" if at.fetchone() else "CREATE"
    statement = sql.SQL(verb + " ROLE {} LOGIN CREATEROLE PASSWORD {}")
    at.execute(statement.format(sql.Identifier(name), sql.Literal(password)))


def ensure_database(at: cursor, name: str, owner: str) -> None:
    """An empty database, unless it is there already."""
    at.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
    if at.fetchone() is None:
        create_database(at, name, owner=owner)


def create_database(at: cursor, name: str, *, owner: str, template: str = "template1") -> None:
    """A copy of the template; copying files is the fast way when the template is small."""
    statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY file_copy")
    at.execute(statement.format(sql.Identifier(name), sql.Identifier(owner), sql.Identifier(template)))
