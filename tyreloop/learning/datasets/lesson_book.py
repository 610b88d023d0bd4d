"""A dataset as training and exams see it: photos with labels, each in one part for good."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from tyreloop.domain.errors import InvalidRequest
from tyreloop.learning.drawing.folder import read_manifest

BOOK_FILE = "dataset.json"
LABELS = ("good", "defective", "not_a_tyre")


class Part(StrEnum):
    """What a photo is for. Lessons are learned; held-out lessons calibrate; exam questions are only asked."""

    LESSON = "lesson"
    HELD_OUT = "held_out"
    EXAM = "exam"


@dataclass(frozen=True, slots=True)
class Entry:
    """One photo of a dataset."""

    file: str
    label: str
    part: Part
    sha256: str
    group: str = ""
    mask: str = ""
    mark: str = ""
    """The fingerprint of what it looks like, in hexadecimal; drawn photos have none."""


@dataclass(frozen=True, slots=True)
class LessonBook:
    """A dataset in a folder."""

    folder: Path
    name: str
    entries: tuple[Entry, ...]
    drawn: bool = False
    credit: str = ""
    parent: str = ""

    @property
    def sha256(self) -> str:
        """The same photos, labels and parts give the same hash, wherever the folder lies."""
        lines = sorted(f"{entry.sha256} {entry.label} {entry.part}" for entry in self.entries)
        return sha256("\n".join(lines).encode()).hexdigest()

    def of(self, *parts: Part) -> list[Entry]:
        return [entry for entry in self.entries if entry.part in parts]

    def count(self) -> dict[str, int]:
        """How many photos each part holds of each label."""
        counts: dict[str, int] = {}
        for entry in self.entries:
            key = f"{entry.part} {entry.label}"
            counts[key] = counts.get(key, 0) + 1
        return dict(sorted(counts.items()))


def part_of(group: str, *, exam: float = 0.2, held_out: float = 0.2) -> Part:
    """Decided by the hash alone: the same photo lands in the same part in every dataset."""
    place = int(sha256(f"part {group}".encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
    if place < exam:
        return Part.EXAM
    return Part.HELD_OUT if place < exam + held_out else Part.LESSON


def write_book(book: LessonBook) -> None:
    """Put the dataset's list into its folder."""
    data: dict[str, Any] = {
        "name": book.name,
        "sha256": book.sha256,
        "parent": book.parent,
        "credit": book.credit,
        "drawn": book.drawn,
        "counts": book.count(),
        "photos": [asdict(entry) for entry in book.entries],
    }
    (book.folder / BOOK_FILE).write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def read_book(folder: Path) -> LessonBook:
    """An imported dataset, or a folder that `synth` wrote."""
    if (folder / BOOK_FILE).is_file():
        return _read_imported(folder)
    if (folder / "manifest.csv").is_file():
        return _read_drawn(folder)
    raise InvalidRequest(f"{folder} is no dataset: import it first with `tyreloop datasets import`.")


def _read_imported(folder: Path) -> LessonBook:
    data = json.loads((folder / BOOK_FILE).read_text(encoding="utf-8"))
    entries = tuple(Entry(**{**photo, "part": Part(photo["part"])}) for photo in data["photos"])
    book = LessonBook(folder, data["name"], entries, data["drawn"], data["credit"], data["parent"])
    if book.sha256 != data["sha256"]:
        raise InvalidRequest(f"{folder / BOOK_FILE} was changed by hand: its hash does not fit its photos.")
    return book


def _read_drawn(folder: Path) -> LessonBook:
    """Drawn photos need no exam part: fresh ones can be drawn from a seed that was never used."""
    entries = []
    for row in read_manifest(folder):
        if row["kind"] in LABELS:
            digest = sha256((folder / row["file"]).read_bytes()).hexdigest()
            part = part_of(digest, exam=0.0, held_out=0.12)
            entries.append(Entry(row["file"], row["kind"], part, digest, digest, row["mask"]))
    return LessonBook(folder, folder.name, tuple(entries), drawn=True)
