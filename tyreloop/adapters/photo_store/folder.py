"""Objects in a folder: one file each, in place whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

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
    draft = file.with_name(f"{file.name}.{uuid4().hex}{DRAFT}")
    try:
        with _new_file(draft) as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _new_file(file: Path) -> BinaryIO:
    """A file of our own alone; its folder is made at its first use."""
    try:
        return open(file, "xb", opener=_for_us_alone)
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True)
        return open(file, "xb", opener=_for_us_alone)


def _for_us_alone(name: str, flags: int) -> int:
    return os.open(name, flags, mode=0o600)
