"""`tyreloop migrate`, `bucket`, `backup` and `restore`: what the stack keeps."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from tyreloop.settings import settings


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema; safe to run at any time."""
    from tyreloop.store.migrations import migrate  # noqa: PLC0415
    from tyreloop.store.reader import set_login  # noqa: PLC0415

    dsn = settings().postgres_dsn
    names = migrate(dsn)
    for role, password in settings().database_logins.items():
        set_login(dsn, role, password)
    click.echo(f"Ran {', '.join(names)}." if names else "The database is up to date.")


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


@click.command()
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="Folder of backups.")
def backup(into: Path | None) -> None:
    """Back up the database, the registry and the photos; nobody is disturbed."""
    from tyreloop.backups import read_manifest, write_backup  # noqa: PLC0415
    from tyreloop.files.photos import build_photo_store  # noqa: PLC0415

    given = settings()
    where = into or given.data_dir / "backups"
    folder = write_backup(given, build_photo_store(given), into=where, now=datetime.now(UTC))
    manifest = read_manifest(folder)
    click.echo(f"{folder}: {sum(manifest.rows.values())} rows, {manifest.photos} photos.")


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Delete what the database holds now.")
def restore(folder: Path, *, replace: bool) -> None:
    """Bring a backup back, into an empty stack; checks every hash before and every count after.

    FOLDER may be the name of a copy in BACKUPS_URL too, or `latest`.
    """
    from tyreloop.backups import fetch_backup, restore_backup  # noqa: PLC0415
    from tyreloop.files.photos import build_photo_store, objects_at  # noqa: PLC0415

    given = settings()
    if not folder.is_dir() and given.backups_url:
        there = objects_at(given.backups_url, given, named="BACKUPS_URL")
        folder = fetch_backup(there, folder.name, into=given.data_dir / "backups")
    manifest = restore_backup(given, build_photo_store(given), folder, replace=replace)
    rows = sum(manifest.rows.values())
    click.echo(f"Restored {rows} rows and {manifest.photos} photos of {manifest.made_at}.")
