"""`tyreloop migrate`: bring the database to the newest schema."""

from __future__ import annotations

import click

from tyreloop.adapters import postgres
from tyreloop.settings import settings


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema; safe to run at any time."""
    names = postgres.migrate(settings().postgres_dsn)
    click.echo(f"Ran {', '.join(names)}." if names else "The database is up to date.")
