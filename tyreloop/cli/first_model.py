"""`tyreloop first-model`: a fresh installation answers photos; run by the stack once the registry answers."""

from __future__ import annotations

import os
import sys

import click

from tyreloop.bootstrap import Role, open_releasing, opened_stores
from tyreloop.domain.errors import RegistryUnavailable, StoreUnavailable
from tyreloop.domain.models import Release
from tyreloop.models.release import ensure_first_model
from tyreloop.settings import Settings, settings
from tyreloop.shipped import DEMO_MODEL, require_files


@click.command()
def first_model() -> None:
    """Release the demo model where nothing is in Production; a person's choice is never touched."""
    try:
        release = release_first_model(settings())
    except (RegistryUnavailable, StoreUnavailable) as error:
        click.echo(str(error), err=True)
        sys.exit(os.EX_TEMPFAIL)  # whoever started this tries again
    click.echo(
        f"Version {release.to_version} of {release.model_name} is in Production."
        if release
        else "A version is in Production already."
    )


def release_first_model(settings: Settings) -> Release | None:
    """The release that was needed, or None when a version is in Production already."""
    require_files(DEMO_MODEL, "card.json")
    with opened_stores(settings, role=Role.SHELL) as stores:
        return ensure_first_model(DEMO_MODEL, using=open_releasing(settings, stores))
