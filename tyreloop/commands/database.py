"""`tyreloop migrate`: bring the database to the newest schema."""

from __future__ import annotations

import click

from tyreloop.settings import settings
from tyreloop.store import migrations
from tyreloop.store.reader import set_reader_password


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema; safe to run at any time."""
    dsn = settings().postgres_dsn
    names = migrations.migrate(dsn)
    if password := settings().grafana_db_password.get_secret_value():
        set_reader_password(dsn, password)
    click.echo(f"Ran {', '.join(names)}." if names else "The database is up to date.")
