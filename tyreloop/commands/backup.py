"""`tyreloop backup` and `tyreloop restore`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from tyreloop.files.photos import build_photo_store
from tyreloop.jobs.backups import read_manifest, restore_backup, write_backup
from tyreloop.settings import settings


@click.command()
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="Folder of backups.")
def backup(into: Path | None) -> None:
    """Back up the database, the registry and the photos; nobody is disturbed."""
    given = settings()
    where = into or given.data_dir / "backups"
    folder = write_backup(given, build_photo_store(given), into=where, now=datetime.now(UTC))
    manifest = read_manifest(folder)
    click.echo(f"{folder}: {sum(manifest.rows.values())} rows, {manifest.photos} photos.")


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Delete what the database holds now.")
def restore(folder: Path, *, replace: bool) -> None:
    """Bring a backup back, into an empty stack; checks every hash before and every count after."""
    given = settings()
    manifest = restore_backup(given, build_photo_store(given), folder, replace=replace)
    rows = sum(manifest.rows.values())
    click.echo(f"Restored {rows} rows and {manifest.photos} photos of {manifest.made_at}.")
