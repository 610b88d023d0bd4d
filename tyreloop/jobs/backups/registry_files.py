"""The registry's own files, the models above all: in a folder beside us, or in a bucket."""

from __future__ import annotations

import tarfile
from io import BytesIO
from pathlib import Path

from tyreloop.files.folder import Objects
from tyreloop.files.photos import objects_at
from tyreloop.settings import Settings


def write_registry_files(settings: Settings, file: Path) -> None:
    """Put all of them into one file."""
    objects = _objects(settings)
    with tarfile.open(file, "w") as tar:
        for seen in objects.seen(""):
            data = objects.read(seen.name)
            entry = tarfile.TarInfo(seen.name)
            entry.size, entry.mtime = len(data), seen.written_at.timestamp()
            tar.addfile(entry, BytesIO(data))


def read_registry_files(settings: Settings, file: Path) -> None:
    """Put them back where the registry looks for them."""
    objects = _objects(settings)
    with tarfile.open(file) as tar:
        for entry in tar:
            if (opened := tar.extractfile(entry)) is not None:
                objects.write(entry.name, opened.read())


def _objects(settings: Settings) -> Objects:
    folder = (settings.data_dir / "mlflow").resolve().as_uri()
    place = settings.mlflow_artifacts_destination or folder
    return objects_at(place, settings, named="MLFLOW_ARTIFACTS_DESTINATION")
