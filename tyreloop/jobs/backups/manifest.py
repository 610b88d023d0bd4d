"""What a backup says of itself: its files with their hashes, and how many rows and photos they hold."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import file_digest
from pathlib import Path

from tyreloop.domain.errors import TyreloopError

MANIFEST = "manifest.json"
DATABASE, REGISTRY = "database.dump", "registry.dump"
REGISTRY_FILES, PHOTOS = "registry-files.tar", "photos.tar"


class BackupDamaged(TyreloopError):
    """A backup does not hold what its manifest says."""

    code = "backup_damaged"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Written last: a folder without it is no backup."""

    made_at: str
    files: dict[str, str]  # the SHA-256 of each
    rows: dict[str, int]
    photos: int


def sha256_of(file: Path) -> str:
    with file.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    text = json.dumps(asdict(manifest), indent=2, sort_keys=True)
    (folder / MANIFEST).write_text(f"{text}\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup whose files are all as they were written."""
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise BackupDamaged(f"{folder} is no backup: it has no manifest that can be read.") from error
    for name, expected in manifest.files.items():
        if not (folder / name).is_file() or sha256_of(folder / name) != expected:
            raise BackupDamaged(f"{name} in {folder} is not what was backed up.")
    return manifest
