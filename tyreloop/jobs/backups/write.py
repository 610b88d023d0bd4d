"""Writes a backup: complete, or not there at all."""

from __future__ import annotations

import shutil
import tarfile
from datetime import datetime
from io import BytesIO
from pathlib import Path

from tyreloop.domain.errors import PhotoNotFound
from tyreloop.files.photos import ObjectPhotoStore
from tyreloop.jobs.backups.manifest import (
    DATABASE,
    MANIFEST,
    PHOTOS,
    REGISTRY,
    REGISTRY_FILES,
    Manifest,
    sha256_of,
    write_manifest,
)
from tyreloop.jobs.backups.registry_files import write_registry_files
from tyreloop.settings import Settings
from tyreloop.store.dump import count_rows, dump_database, may_connect

DRAFT = ".part"


def write_backup(settings: Settings, photos: ObjectPhotoStore, *, into: Path, now: datetime) -> Path:
    """Back up the database, the registry and the photos into a new folder, which is answered."""
    folder = into / now.strftime("%Y-%m-%dT%H%M%S.%fZ")
    draft = folder.with_name(folder.name + DRAFT)
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    try:
        _fill(draft, settings, photos, now)
        draft.rename(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return folder


def delete_old_backups(into: Path, *, keep: int) -> int:
    """Delete all but the newest; answers how many."""
    complete = sorted(manifest.parent for manifest in into.glob(f"*Z/{MANIFEST}"))
    for old in complete[:-keep]:
        shutil.rmtree(old)
    return len(complete[:-keep])


def _fill(folder: Path, settings: Settings, photos: ObjectPhotoStore, now: datetime) -> None:
    dsn = settings.postgres_dsn
    rows = count_rows(dsn)
    dump_database(dsn, folder / DATABASE)
    registry = {**dsn, "dbname": settings.mlflow_db}
    if may_connect(registry):
        dump_database(registry, folder / REGISTRY)
    write_registry_files(settings, folder / REGISTRY_FILES)
    count = _write_photos(folder / PHOTOS, photos)
    files = {file.name: sha256_of(file) for file in sorted(folder.iterdir())}
    write_manifest(folder, Manifest(now.isoformat(), files, rows, count))


def _write_photos(file: Path, photos: ObjectPhotoStore) -> int:
    """Photos that are deleted while this runs are left out."""
    count = 0
    with tarfile.open(file, "w") as tar:
        for photo in photos.ids():
            try:
                jpeg = photos.get(photo)
            except PhotoNotFound:
                continue
            entry = tarfile.TarInfo(f"{photo}.jpg")
            entry.size = len(jpeg)
            tar.addfile(entry, BytesIO(jpeg))
            count += 1
    return count
