"""Where photos come from: a folder or a zip file with sub-folders named after what they show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from zipfile import is_zipfile

from tyreloop.domain.errors import InvalidRequest
from tyreloop.files.zips import open_zip

FOLDER_LABELS = {
    "good": "good",
    "ok": "good",
    "normal": "good",
    "non_defective": "good",
    "not_cracked": "good",
    "full": "good",
    "defective": "defective",
    "defect": "defective",
    "bad": "defective",
    "cracked": "defective",
    "flat": "defective",
    "not_a_tyre": "not_a_tyre",
    "no_tyre": "not_a_tyre",
    "other": "not_a_tyre",
}
"""Names of folders in the public tyre sets and in people's own, and the labels they mean."""

MOST_FILES = 200_000
MOST_BYTES = 50_000_000
"""Larger files are refused unread: no photo that the service takes is that large."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may become a lesson."""

    name: str
    label: str
    size: int
    read: Callable[[], bytes]


def candidates(source: Path) -> Iterator[Candidate]:
    """Every file below a folder whose name is a label."""
    if source.is_dir():
        yield from _in_folder(source)
    elif is_zipfile(source):
        yield from _in_zip(source)
    else:
        raise InvalidRequest(f"{source} is neither a folder nor a zip file.")


def label_of(name: str) -> str | None:
    """The label of the nearest folder above a file that means one."""
    for part in reversed(PurePosixPath(name).parts[:-1]):
        plain = part.lower().replace("-", "_").replace(" ", "_").removesuffix("s")
        words = plain.removesuffix("_tyre").removesuffix("_tire")
        if words in FOLDER_LABELS:
            return FOLDER_LABELS[words]
    return None


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)


def _in_folder(source: Path) -> Iterator[Candidate]:
    for path in sorted(source.rglob("*")):
        name = f"{source.name}/{path.relative_to(source).as_posix()}"
        label = label_of(name)
        if path.is_file() and label and not _is_hidden(path.relative_to(source).as_posix()):
            yield Candidate(name, label, path.stat().st_size, path.read_bytes)


def _in_zip(source: Path) -> Iterator[Candidate]:
    """Members are read in memory, one at a time: nothing is unpacked to a path that the file chose."""
    with source.open("rb") as file:
        for member in sorted(open_zip(file, max_files=MOST_FILES), key=lambda one: one.name):
            label = label_of(member.name)
            if label and not _is_hidden(member.name):
                yield Candidate(member.name, label, member.size, partial(member.read, MOST_BYTES))
