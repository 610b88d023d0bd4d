"""Backups: one folder each, complete or not there at all, with a manifest that says what is in it."""

from __future__ import annotations

import json
import re
import shutil
import tarfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import file_digest
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

from tyreloop.domain.errors import NotConfigured, PhotoNotFound, TyreloopError
from tyreloop.domain.photos import PhotoId
from tyreloop.files.folder import Objects
from tyreloop.files.photos import ObjectPhotoStore, objects_at
from tyreloop.private_files import open_privately
from tyreloop.settings import Settings
from tyreloop.store.dump import (
    count_rows,
    dump_database,
    empty_database,
    erase_again,
    erased_hashes,
    has_database,
    known_photos,
    restore_database,
)
from tyreloop.store.migrations import migrate

MANIFEST, DRAFT = "manifest.json", ".part"
DELETIONS = "deletions.txt"  # beside the backups: what visitors deleted, by the hash of its id, for good
DATABASE, REGISTRY = "database.dump", "registry.dump"
REGISTRY_FILES, PHOTOS = "registry-files.tar", "photos.tar"
PHOTO = re.compile(r"(?P<id>[0-9a-f]{64})\.jpg")
# Tables from which rows also go in everyday life, so that a dump a second later can hold fewer.
SHRINKING = {
    "alert_messages",
    "alert_standings",
    "pending_corrections",
    "pending_predictions",
    "pending_votes",
    "review_claims",
}


class BackupDamaged(TyreloopError):
    """A backup does not hold what its manifest says, or something that no backup holds."""

    code = "backup_damaged"


class BackupIncomplete(TyreloopError):
    """Less can be backed up now than the time before: something that held data is away."""

    code = "backup_incomplete"


class TargetNotEmpty(TyreloopError):
    """A restore would replace what is there."""

    code = "target_not_empty"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Written last: a folder without it is no backup."""

    made_at: str
    files: dict[str, str]  # the SHA-256 of each
    rows: dict[str, int]
    photos: int
    registry_files: int = 0


def write_backup(settings: Settings, photos: ObjectPhotoStore, *, into: Path, now: datetime) -> Path:
    """Back up the database, the registry and the photos into a new folder, which is answered."""
    folder = into / now.strftime("%Y-%m-%dT%H%M%S.%fZ")
    draft = folder.with_name(folder.name + DRAFT)
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    try:
        manifest = _fill(draft, settings, photos, now)
        _refuse_less(manifest, backups_in(into))
        (draft / MANIFEST).write_text(f"{json.dumps(asdict(manifest), indent=2, sort_keys=True)}\n", "utf-8")
        for file in draft.iterdir():
            file.chmod(0o600)
        draft.rename(folder)
    except OSError as error:
        raise BackupIncomplete(f"The backup could not be written to {into}: {error}.") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def backups_in(into: Path) -> list[Path]:
    """The complete ones, the oldest first."""
    return sorted(manifest.parent for manifest in into.glob(f"*Z/{MANIFEST}"))


def delete_old_backups(into: Path, *, keep: int) -> int:
    """Delete all but the newest; answers how many."""
    old = backups_in(into)[:-keep]
    for folder in old:
        shutil.rmtree(folder)
    return len(old)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup whose files are all as they were written."""
    manifest = _manifest_in(folder)
    if strange := manifest.files.keys() - {DATABASE, REGISTRY, REGISTRY_FILES, PHOTOS}:
        raise BackupDamaged(f"{folder} names files that no backup has: {sorted(strange)}.")
    for name, expected in manifest.files.items():
        if not (folder / name).is_file() or _sha256_of(folder / name) != expected:
            raise BackupDamaged(f"{name} in {folder} is not what was backed up.")
    return manifest


def restore_backup(
    settings: Settings, photos: ObjectPhotoStore, folder: Path, *, replace: bool = False
) -> Manifest:
    """Bring a backup into an empty stack, or into another when told to replace what is there."""
    manifest = read_manifest(folder)
    for name in {REGISTRY_FILES, PHOTOS} & manifest.files.keys():
        for entry in _entries(folder / name):  # before anything is changed
            _photo_of(entry) if name == PHOTOS else _require_inside(entry)
    dsn = settings.postgres_dsn
    registry = {**dsn, "dbname": settings.mlflow_db}
    migrate(dsn)  # makes the roles, which a dump of one database does not hold
    deleted = deletions_in(folder.parent) | erased_hashes(dsn)
    if not replace and count_rows(dsn)["predictions"]:
        raise TargetNotEmpty("The database holds predictions already; --replace deletes them.")
    restore_database(dsn, folder / DATABASE)
    _require_all(manifest.rows, count_rows(dsn))
    migrate(dsn)  # the backup may be older than this program
    erase_again(dsn, deleted)
    if REGISTRY in manifest.files and has_database(dsn, settings.mlflow_db):
        restore_database(registry, folder / REGISTRY)
    if REGISTRY_FILES in manifest.files:
        read_registry_files(settings, folder / REGISTRY_FILES)
    _restore_photos(folder / PHOTOS, photos, known=known_photos(dsn))
    return manifest


def note_deletions(dsn: Mapping[str, Any], into: Path) -> list[str]:
    """Write down beside the backups what was deleted since: older ones still hold it. Answers what is new."""
    new = sorted(erased_hashes(dsn) - deletions_in(into))
    _note(new, into)
    return new


def _note(hashes: Sequence[str], into: Path) -> None:
    if hashes:
        into.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(into / DELETIONS, "a", encoding="ascii", opener=open_privately) as file:
            file.writelines(f"{one}\n" for one in hashes)


def deletions_in(into: Path) -> set[str]:
    """The hashes of ids of deleted predictions that are written down there."""
    try:
        return set((into / DELETIONS).read_text("ascii").split())
    except FileNotFoundError:
        return set()


def send_backup(folder: Path, to: Objects) -> None:
    """A copy of a backup in another place, its manifest last: what has none there is not whole."""
    for file in sorted(folder.iterdir(), key=lambda file: file.name == MANIFEST):
        with file.open("rb") as stream:
            to.write_from(f"{folder.name}/{file.name}", stream)


def sent_backups(there: Objects) -> list[str]:
    """The names of those that arrived whole, the oldest first."""
    return sorted(
        seen.name.removesuffix(f"/{MANIFEST}")
        for seen in there.seen("")
        if seen.name.endswith(f"Z/{MANIFEST}")
    )


def delete_old_sent(there: Objects, *, keep: int) -> int:
    """Delete all but the newest in that place, manifests first; answers how many."""
    old = sent_backups(there)[:-keep]
    for name in old:
        there.delete(f"{name}/{MANIFEST}")
        for seen in list(there.seen(f"{name}/")):
            there.delete(seen.name)
    return len(old)


def fetch_backup(there: Objects, name: str, *, into: Path) -> Path:
    """Bring a copy back, or the newest where the name is `latest`."""
    known = sent_backups(there)
    if name == "latest" and known:
        name = known[-1]
    if name not in known:
        raise BackupDamaged(
            f"There is no backup {name} in that place; the newest is {(known or ['none'])[-1]}."
        )
    folder = into / name
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    with suppress(PhotoNotFound):
        _note(there.read(DELETIONS).decode("ascii").split(), into)
    for seen in there.seen(f"{name}/"):
        with there.opened(seen.name) as (_, stream), (folder / Path(seen.name).name).open("wb") as file:
            shutil.copyfileobj(stream, file)
    return folder


def prove_backup(settings: Settings, folder: Path) -> int:
    """Restore a backup's database into the scratch one, count, and empty that again; answers the rows."""
    manifest = read_manifest(folder)
    scratch = {**settings.postgres_dsn, "dbname": settings.drill_db}
    if not has_database(settings.postgres_dsn, settings.drill_db):
        raise NotConfigured(
            f"There is no database {settings.drill_db} to restore into. As its administrator: "
            f"CREATE DATABASE {settings.drill_db} OWNER {settings.postgres_user}"
        )
    restore_database(scratch, folder / DATABASE)
    try:
        found = count_rows(scratch)
        _require_all(manifest.rows, found)
    finally:
        empty_database(scratch)
    return sum(found.values())


def write_registry_files(settings: Settings, file: Path) -> int:
    """All files of the registry in one; answers how many. None is ever held whole: models are large."""
    objects, count = _registry_objects(settings), 0
    with tarfile.open(file, "w") as tar:
        for seen in objects.seen(""):
            with objects.opened(seen.name) as (size, stream):
                entry = tarfile.TarInfo(seen.name)
                entry.size, entry.mtime = size, seen.written_at.timestamp()
                tar.addfile(entry, stream)
            count += 1
    return count


def read_registry_files(settings: Settings, file: Path) -> None:
    """Put them back where the registry looks for them."""
    objects = _registry_objects(settings)
    with tarfile.open(file) as tar:
        for entry in tar:
            if (opened := tar.extractfile(entry)) is not None:
                objects.write_from(_require_inside(entry), opened)


def _registry_objects(settings: Settings) -> Objects:
    folder = (settings.data_dir / "mlflow").resolve().as_uri()
    place = settings.mlflow_artifacts_destination or folder
    return objects_at(place, settings, named="MLFLOW_ARTIFACTS_DESTINATION")


def _fill(folder: Path, settings: Settings, photos: ObjectPhotoStore, now: datetime) -> Manifest:
    dsn = settings.postgres_dsn
    rows = count_rows(dsn)
    dump_database(dsn, folder / DATABASE)
    if has_database(dsn, settings.mlflow_db):  # and if it does not answer, the backup fails
        dump_database({**dsn, "dbname": settings.mlflow_db}, folder / REGISTRY)
    models = write_registry_files(settings, folder / REGISTRY_FILES)
    count = _write_photos(folder / PHOTOS, photos)
    files = {file.name: _sha256_of(file) for file in sorted(folder.iterdir())}
    return Manifest(now.isoformat(), files, rows, count, models)


def _refuse_less(manifest: Manifest, earlier: list[Path]) -> None:
    """What the last backup held must not be missing now: an empty folder may be one that is not mounted."""
    last = _manifest_in(earlier[-1]) if earlier else manifest
    missing = sorted(last.files.keys() - manifest.files.keys())
    for name, before, now in (
        ("the registry's files", last.registry_files, manifest.registry_files),
        ("the photos", last.photos, manifest.photos),
    ):
        missing += [name] if before and not now else []
    if missing:
        raise BackupIncomplete(
            f"The backup before this one held {', '.join(missing)}, and now there is nothing of it. "
            "Nothing was kept and nothing deleted; if it is meant to be gone, begin a new folder with --into."
        )


def _manifest_in(folder: Path) -> Manifest:
    try:
        return Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise BackupDamaged(f"{folder} is no backup: it has no manifest that can be read.") from error


def _sha256_of(file: Path) -> str:
    with file.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()


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


def _restore_photos(file: Path, photos: ObjectPhotoStore, *, known: Collection[PhotoId]) -> None:
    """Those that the database knows: what was deleted since the backup is not among them."""
    with tarfile.open(file) as tar:
        for entry in tar:
            photo = _photo_of(entry)
            if photo in known and (opened := tar.extractfile(entry)) is not None:
                photos.put(photo, opened.read())


def _entries(file: Path) -> Iterator[tarfile.TarInfo]:
    try:
        with tarfile.open(file) as tar:
            yield from tar
    except tarfile.TarError as error:
        raise BackupDamaged(f"{file} cannot be read.") from error


def _photo_of(entry: tarfile.TarInfo) -> PhotoId:
    named = PHOTO.fullmatch(entry.name)
    if named is None or not entry.isreg():
        raise BackupDamaged(f"{entry.name!r} is no photo of a backup.")
    return PhotoId(named["id"])


def _require_inside(entry: tarfile.TarInfo) -> str:
    """A plain file's name that stays in the folder; links and names that climb are somebody's trick."""
    path = PurePosixPath(entry.name)
    climbs = path.is_absolute() or ".." in path.parts or "\\" in entry.name or "\0" in entry.name
    if climbs or not path.parts or not entry.isreg():
        raise BackupDamaged(f"{entry.name!r} would be written outside of the registry's files.")
    return str(path)


def _require_all(expected: dict[str, int], found: dict[str, int]) -> None:
    """Rows may have come while the backup was written, never gone."""
    missing = {table: count - found.get(table, 0) for table, count in expected.items()}
    short = {table: count for table, count in missing.items() if count > 0 and table not in SHRINKING}
    if short:
        raise BackupDamaged(f"Rows are missing after the restore: {short}.")
