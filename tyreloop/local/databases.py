"""Roles and databases inside the embedded Postgres, made or corrected at every start.

Run by the stack once Postgres answers, as `python -m tyreloop.local.databases`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import click
import psycopg2
from psycopg2 import sql
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT, cursor

from tyreloop.domain.errors import TyreloopError
from tyreloop.local.cluster import Cluster
from tyreloop.local.folder import StackFolder
from tyreloop.settings import Settings, settings
from tyreloop.store.migrations import migrate

Dsn = Mapping[str, Any]


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
            at.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            if at.fetchone() is None:
                create_database(at, name, owner=owner)
            zone = sql.SQL("ALTER DATABASE {} SET timezone TO {}")
            at.execute(zone.format(sql.Identifier(name), sql.Literal(tz)))


def ensure_role(at: cursor, name: str, password: str) -> None:
    """A role that owns its databases and may make lesser roles, and nothing more."""
    at.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,))
    verb = "ALTER" if at.fetchone() else "CREATE"
    statement = sql.SQL(verb + " ROLE {} LOGIN CREATEROLE PASSWORD {}")
    at.execute(statement.format(sql.Identifier(name), sql.Literal(password)))


def create_database(at: cursor, name: str, *, owner: str, template: str = "template1") -> None:
    """A copy of the template; copying files is the fast way when the template is small."""
    statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY file_copy")
    at.execute(statement.format(sql.Identifier(name), sql.Identifier(owner), sql.Identifier(template)))


def prepare_databases(settings: Settings) -> list[str]:
    """Make or correct what the services expect to find; answers the migrations that ran."""
    cluster = Cluster.prepare(StackFolder.of(settings).postgres)
    ensure_databases(
        cluster.dsn(settings.postgres_port),
        owner=settings.postgres_user,
        password=settings.postgres_password.get_secret_value(),
        names=(settings.postgres_db, settings.mlflow_db),
        tz=settings.tz,
    )
    return migrate(settings.postgres_dsn)


def main() -> None:
    """As a program of the stack: one line about what was done, or one about what was wrong."""
    try:
        names = prepare_databases(settings())
    except TyreloopError as error:
        sys.exit(str(error))
    click.echo(f"Migrated: {', '.join(names)}." if names else "The schema is up to date.")


if __name__ == "__main__":
    main()
