"""Zip files of strangers: their directory is bounded before it is read, and no name in them is ever opened.

The one reader of zip files. What a member claims counts for nothing: it is read up to a limit, in memory.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import IO, Any, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, LargeZipFile, ZipFile, ZipInfo

from tyreloop.domain.errors import InvalidRequest, PhotoTooLarge, UnreadablePhoto

ENTRY_MARK = b"PK\x01\x02"
DIRECTORY_BYTES_A_FILE = 512  # 46 and the name; names of photos are far shorter
TAIL_BYTES = 70_000  # the end record with the longest remark
BROKEN = (
    BadZipFile,
    LargeZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a zip; its name is good for a look and for a list, never for a path."""

    name: str
    size: int  # as it claims
    _archive: ZipFile
    _info: ZipInfo

    def read(self, max_bytes: int) -> bytes:
        """What is in it; one byte too many is refused."""
        if self._info.flag_bits & 1:
            raise UnreadablePhoto(f"{self.name} is locked with a password.")
        if self._info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            # What bzip2 and LZMA unpack is bounded by nobody: 424 bytes became 800 MB.
            raise UnreadablePhoto(
                f"{self.name} is packed in a way that is not read here: make a plain zip file."
            )
        try:
            with self._archive.open(self._info) as file:
                data = file.read(max_bytes + 1)
        except BROKEN as error:
            raise UnreadablePhoto(f"{self.name} is damaged inside the zip file.") from error
        if len(data) > max_bytes:
            raise PhotoTooLarge(f"{self.name} is too large.")
        return data


def open_zip(source: IO[bytes], *, max_files: int) -> list[Member]:
    """The files in a zip, in the order of its directory; refused unread where there are too many."""
    guarded = _Guarded(source, max_files)
    try:
        archive = ZipFile(cast("IO[bytes]", guarded))
    except BROKEN as error:
        raise UnreadablePhoto("The zip file is damaged.") from error
    guarded.is_opening = False
    return [
        Member(info.filename, info.file_size, archive, info)
        for info in archive.infolist()
        if not info.is_dir()
    ]


class _Guarded:
    """The file as the library sees it: while it opens the zip, no directory of too many files gets through.

    The end record says how large the directory is, and the library asks for that many bytes at once: one that
    is too large for `max_files` is refused unread, one with too many entries unparsed.
    """

    def __init__(self, source: IO[bytes], max_files: int) -> None:
        self._source = source
        self._max_files = max_files
        self.is_opening = True

    def read(self, size: int = -1) -> bytes:
        if self.is_opening and size > max(TAIL_BYTES, self._max_files * DIRECTORY_BYTES_A_FILE):
            raise self._too_many()
        data = self._source.read(size)
        if self.is_opening and data.count(ENTRY_MARK) > self._max_files:
            raise self._too_many()
        return data

    def _too_many(self) -> InvalidRequest:
        return InvalidRequest(f"The zip file has too many files: at most {self._max_files} are read.")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)
