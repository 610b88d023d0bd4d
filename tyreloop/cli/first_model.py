"""`tyreloop first-model`: a fresh stack has a model; run by the stack once the registry answers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from tyreloop.adapters.registry import build_registry
from tyreloop.domain.release import Release
from tyreloop.settings import Settings, settings
from tyreloop.store.db import Database
from tyreloop.store.models import PostgresReleases
from tyreloop.use_cases.register_model import ensure_first_model
from tyreloop.use_cases.stores import Releasing

DEMO = Path(__file__).parents[2] / "mlflow" / "demo"


@click.command()
def first_model() -> None:
    """Release the demo model where nothing is in Production; a person's choice is never touched."""
    release = release_first_model(settings())
    click.echo(
        f"Version {release.to_version} of {release.model_name} is in Production."
        if release
        else "A version is in Production already."
    )


def release_first_model(settings: Settings) -> Release | None:
    """The release that was needed, or None when a version is in Production already."""
    database = Database(settings.postgres_dsn, connections=1)
    using = Releasing(build_registry(settings), PostgresReleases(database), lambda: datetime.now(UTC))
    try:
        return ensure_first_model(DEMO, model_name=settings.model_name, using=using)
    finally:
        database.close()
