"""A dataset as training and exams see it: photos with labels, each in one part for good."""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from tyreloop.domain.damage import DamageKind
from tyreloop.domain.datasets import EXAM_SHARE, HELD_OUT_SHARE, SNAPSHOT_FOLDER, place_of
from tyreloop.domain.errors import InvalidRequest
from tyreloop.domain.photos import View
from tyreloop.learning.drawing.manifest import read_manifest

BOOK_FILE = "dataset.json"
PHOTO_LIST = "photos.csv"
LABELS = ("good", "defective", "not_a_tyre")
UNLABELLED = "unlabelled"
"""A tyre of which nobody said how it is: it teaches what a tyre is, and no more."""

KINDS = tuple(kind.value for kind in DamageKind)
VIEWS = tuple(view.value for view in View)
DRAWINGS = "drawings"
DRAWN_KINDS = {"dry_rot": "crack", "crazed": "crack", "missing_block": "cut", "stone": "nail"}
DRAWN_VIEWS = {"three_quarter": "whole", "flank": "close_up"}


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
    source: str = ""
    """The set that it came with: what a model knows of one says little about the next."""
    licence: str = ""
    view: str = ""
    kinds: str = ""
    boxes: str = ""
    """As in a photo list: `kind:x,y,w,h` with the centre and the sides as shares of the picture."""

    @property
    def is_drawn(self) -> bool:
        return self.source == DRAWINGS

    @property
    def rectangles(self) -> list[tuple[float, float, float, float]]:
        """Left, top, right, bottom of each box."""
        found = []
        for box in filter(None, self.boxes.split(";")):
            x, y, width, height = (float(part) for part in box.split(":")[-1].split(","))
            found.append((x - width / 2, y - height / 2, x + width / 2, y + height / 2))
        return found


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

    @property
    def is_of_visitors(self) -> bool:
        """Whether its photos may be deleted by whoever showed them: then none of them travels on."""
        return self.folder.name.startswith(SNAPSHOT_FOLDER)

    def of(self, *parts: Part) -> list[Entry]:
        return [entry for entry in self.entries if entry.part in parts]

    def count(self) -> dict[str, int]:
        """How many photos each part holds of each label."""
        counts: dict[str, int] = {}
        for entry in self.entries:
            key = f"{entry.part} {entry.label}"
            counts[key] = counts.get(key, 0) + 1
        return dict(sorted(counts.items()))


def part_of(group: str, *, exam: float = EXAM_SHARE, held_out: float = HELD_OUT_SHARE) -> Part:
    """Decided by the hash alone: the same photo lands in the same part in every dataset."""
    place = place_of(group)
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
    if (folder / PHOTO_LIST).is_file():
        return _read_listed(folder)
    raise InvalidRequest(f"{folder} is no dataset: import it first with `tyreloop datasets import`.")


def books_in(home: Path) -> list[LessonBook]:
    """Every dataset that lies in a folder below `home`."""
    return [read_book(path.parent) for path in sorted(home.glob(f"*/{BOOK_FILE}"))]


def books_beside(home: Path, snapshots: Collection[str]) -> list[LessonBook]:
    """Those that are no snapshot's folder for training; snapshots are named by their content hashes."""
    return [book for book in books_in(home) if book.parent not in snapshots]


def _read_imported(folder: Path) -> LessonBook:
    data = json.loads((folder / BOOK_FILE).read_text(encoding="utf-8"))
    entries = tuple(Entry(**{**photo, "part": Part(photo["part"])}) for photo in data["photos"])
    book = LessonBook(folder, data["name"], entries, data["drawn"], data["credit"], data["parent"])
    if book.sha256 != data["sha256"]:
        raise InvalidRequest(f"{folder / BOOK_FILE} was changed by hand: its hash does not fit its photos.")
    return book


def seen_in_drawing(row: Mapping[str, str]) -> tuple[str, str]:
    """The view and the kind of damage, as photos of it would be called; what is no tyre has no view."""
    view = DRAWN_VIEWS.get(row["view"], row["view"]) if row["kind"] != "not_a_tyre" else ""
    return view, DRAWN_KINDS.get(row["defect"], row["defect"])


def _read_drawn(folder: Path) -> LessonBook:
    """Drawn photos need no exam part: fresh ones can be drawn from a seed that was never used."""
    entries = []
    for row in read_manifest(folder):
        if row["kind"] in LABELS:
            digest = sha256((folder / row["file"]).read_bytes()).hexdigest()
            part = part_of(digest, exam=0.0, held_out=0.12)
            view, kind = seen_in_drawing(row)
            entry = Entry(row["file"], row["kind"], part, digest, digest, row["mask"], source=DRAWINGS)
            entries.append(replace(entry, view=view, kinds=kind))
    return LessonBook(folder, folder.name, tuple(entries), drawn=True)


def listed_photos(folder: Path) -> Iterator[dict[str, str]]:
    """The rows of a photo list, each with a file that lies in the folder."""
    with (folder / PHOTO_LIST).open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if not (folder / row["path"]).resolve().is_relative_to(folder.resolve()):
                raise InvalidRequest(f"{folder / PHOTO_LIST}: {row['path']} lies outside the folder.")
            yield row


def _read_listed(folder: Path) -> LessonBook:
    """A collection with its own list: a group keeps to one part. Exams are held on photos from elsewhere."""
    entries = []
    for row in listed_photos(folder):
        if row["label"] not in (*LABELS, UNLABELLED):
            raise InvalidRequest(f"{folder / PHOTO_LIST}: {row['path']} has the label {row['label']!r}.")
        part = part_of(row["group"] or row["sha256"], exam=0.0)
        own = {name: row.get(name, "") for name in ("licence", "kinds", "boxes")}
        view = row.get("view", "") if row.get("view") in VIEWS else ""
        entries.append(
            Entry(
                row["path"],
                row["label"],
                part,
                row["sha256"],
                row["group"],
                source=row["dataset"],
                view=view,
                **own,
            )
        )
    return LessonBook(folder, folder.name, tuple(entries))
