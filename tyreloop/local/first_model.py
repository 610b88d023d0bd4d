"""Run by the stack once the registry answers: release the demo model where nothing is in Production."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from tyreloop.adapters.registry import build_registry
from tyreloop.domain.errors import TyreloopError
from tyreloop.domain.release import Release
from tyreloop.settings import Settings, settings
from tyreloop.store.db import Database
from tyreloop.store.models import PostgresReleases
from tyreloop.use_cases.register_model import ensure_first_model
from tyreloop.use_cases.stores import Releasing

DEMO = Path(__file__).parents[2] / "mlflow" / "demo"


def release_first_model(settings: Settings) -> Release | None:
    """The release that was needed, or None when a version is in Production already."""
    database = Database(settings.postgres_dsn, connections=1)
    using = Releasing(build_registry(settings), PostgresReleases(database), lambda: datetime.now(UTC))
    try:
        return ensure_first_model(DEMO, model_name=settings.model_name, using=using)
    finally:
        database.close()


def main() -> None:
    """As a program of the stack: one line about what was done, or one about what was wrong."""
    try:
        release = release_first_model(settings())
    except TyreloopError as error:
        sys.exit(str(error))
    click.echo(
        f"Version {release.to_version} of {release.model_name} is in Production."
        if release
        else "A version is in Production already."
    )


if __name__ == "__main__":
    main()
