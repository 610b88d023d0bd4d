"""Run by the stack once Postgres answers: role, databases, newest schema."""

from __future__ import annotations

import sys

import click

from tyreloop.domain.errors import TyreloopError
from tyreloop.local.cluster import Cluster
from tyreloop.local.databases import ensure_databases
from tyreloop.local.folder import StackFolder
from tyreloop.local.table import MLFLOW_DATABASE
from tyreloop.settings import Settings, settings
from tyreloop.store.migrations import migrate


def prepare_databases(settings: Settings) -> list[str]:
    """Make or correct what the services expect to find; answers the migrations that ran."""
    cluster = Cluster.prepare(StackFolder(settings.data_dir).postgres)
    ensure_databases(
        cluster.dsn(settings.postgres_port),
        owner=settings.postgres_user,
        password=settings.postgres_password.get_secret_value(),
        names=(settings.postgres_db, MLFLOW_DATABASE),
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
