"""Many photos in one request: a form's files, or a zip; looked into with care and never unpacked to disk."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

from werkzeug.datastructures import FileStorage

from tyreloop.domain.errors import InvalidRequest, PhotoTooLarge, TyreloopError, UnreadablePhoto
from tyreloop.domain.photos import UploadedPhoto

MAX_PHOTOS = 200
MAX_UNPACKED_BYTES = 500_000_000
ZIP_START = b"PK\x03\x04"
BROKEN_ZIP_ERRORS = (
    BadZipFile,
    LargeZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
)


@dataclass(frozen=True, slots=True)
class Item:
    """One photo of a batch by its name; or what is wrong with it."""

    name: str
    photo: UploadedPhoto | TyreloopError


def items_of(files: list[FileStorage], *, max_photo_bytes: int) -> Iterator[Item]:
    """All photos of a batch, one after the other, each read only when its turn comes."""
    seen = 0
    for file in files:
        for item in _items(file, max_photo_bytes):
            seen += 1
            if seen > MAX_PHOTOS:
                yield Item(item.name, InvalidRequest(f"A batch has at most {MAX_PHOTOS} photos."))
                return
            yield item


def _items(file: FileStorage, most: int) -> Iterator[Item]:
    name = shown_name(file.filename or "photo")
    start = file.stream.read(len(ZIP_START))
    file.stream.seek(0)
    if start == ZIP_START:
        yield from _zipped(file.stream, most)
        return
    data = file.stream.read(most + 1)
    yield Item(name, _photo(data, most))


def _zipped(stream: IO[bytes], most: int) -> Iterator[Item]:
    try:
        with ZipFile(stream) as archive:
            yield from _entries(archive, most)
    except BROKEN_ZIP_ERRORS:
        yield Item("zip", UnreadablePhoto("The zip file is damaged."))


def _entries(archive: ZipFile, most: int) -> Iterator[Item]:
    room = MAX_UNPACKED_BYTES
    for entry in archive.infolist():
        if entry.is_dir():
            continue
        item = _entry(archive, entry, min(most, room))
        room -= len(item.photo.data) if isinstance(item.photo, UploadedPhoto) else 0
        yield item


def _entry(archive: ZipFile, entry: ZipInfo, most: int) -> Item:
    name = shown_name(entry.filename)
    if ".." in PurePosixPath(entry.filename).parts or entry.filename.startswith(("/", "\\")):
        return Item(name, InvalidRequest("The name reaches outside the zip file."))
    if entry.flag_bits & 1:
        return Item(name, UnreadablePhoto("The photo is locked with a password."))
    try:
        with archive.open(entry) as opened:
            return Item(
                name, _photo(opened.read(most + 1), most)
            )  # what the header claims counts for nothing
    except BROKEN_ZIP_ERRORS:
        return Item(name, UnreadablePhoto("The photo inside the zip file is damaged."))


def _photo(data: bytes, most: int) -> UploadedPhoto | TyreloopError:
    if len(data) > most:
        return PhotoTooLarge("The photo, or all of them together, is too large.")
    return UploadedPhoto(data) if data else UnreadablePhoto("The photo is empty.")


def shown_name(name: str) -> str:
    """The last part of a file's name, fit to be shown."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in last if sign.isprintable())[:200] or "photo"
