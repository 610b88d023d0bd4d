"""`tyreloop bucket`: the bucket that photos and models are kept in."""

from __future__ import annotations

import click

from tyreloop.adapters.photo_store.bucket import bucket_of, ensure_bucket
from tyreloop.settings import settings


@click.command()
def bucket() -> None:
    """Make the bucket that PHOTO_STORE_URL names, unless it is there; safe to run at any time."""
    name = bucket_of(settings().photo_store)
    if name is None:
        click.echo("Photos are kept in a folder: no bucket is needed.")
    else:
        click.echo(f"Made the bucket {name}." if ensure_bucket(name) else f"The bucket {name} is there.")
