"""Photos in a folder: one file each, in place whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from tyreloop.domain.errors import PhotoNotFound, StoreUnavailable
from tyreloop.domain.photo import PhotoId


class FolderPhotoStore:
    """A photo's file is named for its id, in a sub-folder of the id's first two characters."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, photo_id: PhotoId, jpeg: bytes) -> None:
        try:
            _write_whole(self._file(photo_id), jpeg)
        except OSError as error:
            raise StoreUnavailable("The photo store cannot be written now.") from error

    def get(self, photo_id: PhotoId) -> bytes:
        try:
            return self._file(photo_id).read_bytes()
        except FileNotFoundError:
            raise PhotoNotFound("The photo is not in the store.") from None
        except OSError as error:
            raise StoreUnavailable("The photo store cannot be read now.") from error

    def delete(self, photo_id: PhotoId) -> None:
        try:
            self._file(photo_id).unlink(missing_ok=True)
        except OSError as error:
            raise StoreUnavailable("The photo store cannot be written now.") from error

    def _file(self, photo_id: PhotoId) -> Path:
        return self._folder / photo_id[:2] / f"{photo_id}.jpg"


def _write_whole(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=file.parent, prefix=".", suffix=".part", delete=False) as draft:
        try:
            draft.write(data)
            draft.flush()
            os.fsync(draft.fileno())
            Path(draft.name).replace(file)
        except BaseException:
            Path(draft.name).unlink(missing_ok=True)
            raise
