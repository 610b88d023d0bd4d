"""`tyreloop bucket`: the bucket that photos and models are kept in."""

from __future__ import annotations

import click

from tyreloop.settings import settings


@click.command()
def bucket() -> None:
    """Make the bucket that PHOTO_STORE_URL names, unless it is there; safe to run at any time."""
    from tyreloop.files.buckets import (  # noqa: PLC0415 - needs boto3
        bucket_of,
        ensure_bucket,
        s3_client,
    )

    name = bucket_of(settings().photo_store)
    if name is None:
        click.echo("Photos are kept in a folder: no bucket is needed.")
        return
    made = ensure_bucket(s3_client(settings()), name)
    click.echo(f"Made the bucket {name}." if made else f"The bucket {name} is there.")
