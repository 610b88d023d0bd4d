"""Reads a backup into a stack, and counts whether everything came back."""

from __future__ import annotations

import tarfile
from pathlib import Path, PurePosixPath

from tyreloop.domain.errors import TyreloopError
from tyreloop.domain.photos import PhotoId
from tyreloop.files.photos import ObjectPhotoStore
from tyreloop.jobs.backups.manifest import (
    DATABASE,
    PHOTOS,
    REGISTRY,
    REGISTRY_FILES,
    BackupDamaged,
    Manifest,
    read_manifest,
)
from tyreloop.jobs.backups.registry_files import read_registry_files
from tyreloop.settings import Settings
from tyreloop.store.dump import count_rows, may_connect, restore_database
from tyreloop.store.migrations import migrate


class TargetNotEmpty(TyreloopError):
    """A restore would replace what is there."""

    code = "target_not_empty"


def restore_backup(
    settings: Settings, photos: ObjectPhotoStore, folder: Path, *, replace: bool = False
) -> Manifest:
    """Bring a backup into an empty stack, or into another when told to replace what is there."""
    manifest = read_manifest(folder)
    dsn = settings.postgres_dsn
    migrate(dsn)  # makes the roles, which a dump of one database does not hold
    if not replace and count_rows(dsn)["predictions"]:
        raise TargetNotEmpty("The database holds predictions already; --replace deletes them.")
    restore_database(dsn, folder / DATABASE)
    _require_all(manifest.rows, count_rows(dsn))
    migrate(dsn)  # the backup may be older than this program
    registry = {**dsn, "dbname": settings.mlflow_db}
    if REGISTRY in manifest.files and may_connect(registry):
        restore_database(registry, folder / REGISTRY)
    if REGISTRY_FILES in manifest.files:
        read_registry_files(settings, folder / REGISTRY_FILES)
    _restore_photos(folder / PHOTOS, photos)
    return manifest


def _require_all(expected: dict[str, int], found: dict[str, int]) -> None:
    """Rows may have come while the backup was written, never gone."""
    missing = {table: count - found.get(table, 0) for table, count in expected.items()}
    short = {table: count for table, count in missing.items() if count > 0 and table not in SHRINKING}
    if short:
        raise BackupDamaged(f"Rows are missing after the restore: {short}.")


# Tables from which rows also go in everyday life, so that a dump a second later can hold fewer.
SHRINKING = {
    "alert_messages",
    "alert_standings",
    "pending_corrections",
    "pending_predictions",
    "pending_votes",
    "review_claims",
}


def _restore_photos(file: Path, photos: ObjectPhotoStore) -> None:
    with tarfile.open(file) as tar:
        for entry in tar:
            if (opened := tar.extractfile(entry)) is not None:
                photos.put(PhotoId(PurePosixPath(entry.name).stem), opened.read())
