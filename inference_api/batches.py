"""Many photos in one request: a form's files, or a zip; looked into with care and never unpacked to disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from werkzeug.datastructures import FileStorage

from tyreloop.domain.errors import InvalidRequest, PhotoTooLarge, TyreloopError, UnreadablePhoto
from tyreloop.domain.photos import UploadedPhoto
from tyreloop.files.zips import Member, open_zip

MAX_PHOTOS = 200
MAX_LISTED = 1_000  # in a zip: folders and photos; beyond it, its directory is not even read
MAX_UNPACKED_BYTES = 500_000_000
ZIP_START = b"PK\x03\x04"


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
    start = file.stream.read(len(ZIP_START))
    file.stream.seek(0)
    if start == ZIP_START:
        yield from _zipped(file.stream, most)
    else:
        yield Item(shown_name(file.filename or "photo"), _photo(file.stream.read(most + 1), most))


def _zipped(stream: IO[bytes], most: int) -> Iterator[Item]:
    try:
        yield from _members(open_zip(stream, max_files=MAX_LISTED), most)
    except TyreloopError as error:
        yield Item("zip", error)


def _members(members: Sequence[Member], most: int) -> Iterator[Item]:
    room = MAX_UNPACKED_BYTES
    for member in members:
        photo = _member(member, min(most, room))
        room -= len(photo.data) if isinstance(photo, UploadedPhoto) else 0
        yield Item(shown_name(member.name), photo)


def _member(member: Member, most: int) -> UploadedPhoto | TyreloopError:
    if ".." in PurePosixPath(member.name).parts or member.name.startswith(("/", "\\")):
        return InvalidRequest("The name reaches outside the zip file.")
    try:
        return _photo(member.read(most), most)
    except TyreloopError as error:
        return error


def _photo(data: bytes, most: int) -> UploadedPhoto | TyreloopError:
    if len(data) > most:
        return PhotoTooLarge("The photo, or all of them together, is too large.")
    return UploadedPhoto(data) if data else UnreadablePhoto("The photo is empty.")


def shown_name(name: str) -> str:
    """The last part of a file's name, fit to be shown."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in last if sign.isprintable())[:200] or "photo"
