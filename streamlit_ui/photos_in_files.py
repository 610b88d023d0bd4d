"""The photos in what somebody dropped on the page: files, and zip files, read one by one in their turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import PurePosixPath

from tyreloop.domain.errors import TyreloopError
from tyreloop.files.zips import open_zip

MOST_PHOTOS = 200
MAX_LISTED = 20_000  # files in a zip
ZIP_MEGABYTES = 200  # held in memory while it is read; the server's maxUploadSize is the same
PHOTO_TYPES = ("jpg", "jpeg", "png", "webp", "heic", "heif", "avif")
SUFFIXES = {f".{kind}" for kind in PHOTO_TYPES}
ZIP_BEGINS = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class NamedPhoto:
    """A photo's name and the way to its bytes."""

    name: str
    load: Callable[[], bytes]


def is_zip(data: bytes) -> bool:
    """Told by its bytes, not by its name."""
    return data.startswith(ZIP_BEGINS)


def photos_in(files: Iterable[tuple[str, bytes]], *, max_bytes: int) -> list[NamedPhoto]:
    """At most so many as the page takes, in the order in which they were given."""
    photos: list[NamedPhoto] = []
    for name, data in files:
        photos.extend(_in_zip(data, max_bytes) if is_zip(data) else [_alone(name, data)])
    return photos[:MOST_PHOTOS]


def _alone(name: str, data: bytes) -> NamedPhoto:
    return NamedPhoto(name, lambda: data)


def _in_zip(data: bytes, max_bytes: int) -> Iterator[NamedPhoto]:
    try:
        members = open_zip(BytesIO(data), max_files=MAX_LISTED)
    except TyreloopError:
        return
    for member in members:
        path = PurePosixPath(member.name)
        if path.suffix.lower() in SUFFIXES and not path.name.startswith("."):
            yield NamedPhoto(path.name, partial(member.read, max_bytes))
