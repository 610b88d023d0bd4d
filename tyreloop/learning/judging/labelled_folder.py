"""Photos in sub-folders named after what they show: what `synth` writes and what people keep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tyreloop.domain.errors import InvalidRequest
from tyreloop.learning.datasets.lesson_book import (
    DRAWINGS,
    PHOTO_LIST,
    UNLABELLED,
    read_book,
    seen_in_drawing,
)
from tyreloop.learning.drawing.manifest import read_manifest

KINDS = ("good", "defective", "not_a_tyre", "unusable", "too_dark", "blurred", "too_small")


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """A file, what it shows, and where its defect's mask lies if one is known."""

    path: Path
    kind: str
    mask: Path | None = None
    source: str = ""  # which dataset it comes from
    view: str = ""
    damage: str = ""  # which kinds of it are seen, separated by `;`
    boxes: tuple[tuple[float, float, float, float], ...] = ()  # left, top, right, bottom, as shares

    @property
    def is_tyre(self) -> bool:
        return self.is_judgeable or self.kind == UNLABELLED

    @property
    def is_judgeable(self) -> bool:
        """Whether it should get an answer about a tyre."""
        return self.kind in ("good", "defective")


def labelled_photos(folder: Path) -> list[LabelledPhoto]:
    """All photos of a folder whose kind is known."""
    if (folder / PHOTO_LIST).is_file():
        found = list(_listed(folder))
    else:
        found = list(_drawn(folder) if (folder / "manifest.csv").is_file() else _by_folder(folder))
    if not found:
        raise InvalidRequest(f"{folder} has no sub-folder of photos named {', '.join(KINDS)}.")
    return found


def _listed(folder: Path) -> Iterator[LabelledPhoto]:
    for entry in read_book(folder).entries:
        yield LabelledPhoto(
            folder / entry.file,
            entry.label,
            source=entry.source,
            view=entry.view,
            damage=entry.kinds,
            boxes=tuple(entry.rectangles),
        )


def _drawn(folder: Path) -> Iterator[LabelledPhoto]:
    for row in read_manifest(folder):
        mask = folder / row["mask"] if row["mask"] else None
        view, damage = seen_in_drawing(row)
        yield LabelledPhoto(folder / row["file"], row["kind"], mask, DRAWINGS, view, damage)


def _by_folder(folder: Path) -> Iterator[LabelledPhoto]:
    for kind in KINDS:
        for path in sorted((folder / kind).glob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield LabelledPhoto(path, kind)
