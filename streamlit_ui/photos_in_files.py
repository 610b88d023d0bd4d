"""The photos in what somebody dropped on the page: files, and zip files, read one by one in their turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError  # noqa: N812 - it is a class

from tyreloop.domain.errors import PhotoTooLarge, UnreadablePhoto

MOST_PHOTOS = 200
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


def photos_in(files: Iterable[tuple[str, bytes]], *, most_bytes: int) -> list[NamedPhoto]:
    """At most so many as the page takes, in the order in which they were given."""
    photos: list[NamedPhoto] = []
    for name, data in files:
        photos.extend(_in_zip(data, most_bytes) if is_zip(data) else [_alone(name, data)])
    return photos[:MOST_PHOTOS]


def _alone(name: str, data: bytes) -> NamedPhoto:
    return NamedPhoto(name, lambda: data)


def _in_zip(data: bytes, most_bytes: int) -> Iterator[NamedPhoto]:
    try:
        archive = ZipFile(BytesIO(data))
    except BadZipFile:
        return
    for entry in archive.infolist():
        path = PurePosixPath(entry.filename)
        if path.suffix.lower() in SUFFIXES and not path.name.startswith("."):
            yield NamedPhoto(path.name, partial(_read, archive, entry, most_bytes))


def _read(archive: ZipFile, entry: ZipInfo, most_bytes: int) -> bytes:
    """One photo out of the archive: what it claims to be large or turns out to be large is refused."""
    if entry.file_size > most_bytes:
        raise PhotoTooLarge("The photo in the zip file is too large.")
    try:
        with archive.open(entry) as opened:
            data = opened.read(most_bytes + 1)
    except (BadZipFile, RuntimeError, NotImplementedError, OSError, ZlibError) as error:
        raise UnreadablePhoto("The zip file is damaged or has a password.") from error
    if len(data) > most_bytes:
        raise PhotoTooLarge("The photo in the zip file is too large.")
    return data
