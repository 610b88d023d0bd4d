"""Objects in a folder: one file each, in place whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

from tyreloop.adapters.photo_store.objects import ObjectSeen
from tyreloop.domain.errors import PhotoNotFound, StoreUnavailable

DRAFT = ".part"


class FolderObjects:
    """An object's name is its path in the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, data: bytes) -> None:
        with _as_ours():
            _write_whole(self._folder / name, data)

    def read(self, name: str) -> bytes:
        with _as_ours():
            return (self._folder / name).read_bytes()

    def delete(self, name: str) -> None:
        with _as_ours():
            (self._folder / name).unlink(missing_ok=True)

    def seen(self, prefix: str) -> Iterator[ObjectSeen]:
        for file in sorted((self._folder / prefix).rglob("*")):
            if file.is_file() and file.suffix != DRAFT:
                name = file.relative_to(self._folder).as_posix()
                yield ObjectSeen(name, datetime.fromtimestamp(file.stat().st_mtime, UTC))


@contextmanager
def _as_ours() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise PhotoNotFound("The photo is not in the store.") from None
    except OSError as error:
        raise StoreUnavailable("The photo store does not answer now. Try again in a moment.") from error


def _write_whole(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=file.parent, suffix=DRAFT, delete=False) as draft:
        try:
            draft.write(data)
            draft.flush()
            os.fsync(draft.fileno())
            Path(draft.name).replace(file)
        except BaseException:
            Path(draft.name).unlink(missing_ok=True)
            raise
