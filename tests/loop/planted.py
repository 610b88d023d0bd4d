"""A photo that is planted, and looked for in every byte: by hash, by pixels, by id."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from tyreloop.domain.datasets import Item, Labelled, Part
from tyreloop.domain.feedback import Label
from tyreloop.domain.photos import PhotoId
from tyreloop.vision.clean import without_metadata

CELLS, NEAR = 12, 0.8
STARTS = {b"\xff\xd8\xff": b"\xff\xd9", b"\x89PNG\r\n\x1a\n": b"IEND\xaeB`\x82"}
IN_TEXT = re.compile(rb"(?:/9j/|iVBORw0KGgo)[A-Za-z0-9+/]{200,}={0,2}")


@dataclass(frozen=True, slots=True)
class Planted:
    """A photo of a pattern that no other photo has."""

    jpeg: bytes
    pattern: np.ndarray

    @staticmethod
    def of(seed: int, grey: int = 205) -> Planted:
        dice = np.random.default_rng(seed)
        pattern = dice.choice([-45.0, 0.0, 45.0], (CELLS, CELLS))
        fine = np.kron(pattern, np.ones((40, 40))) + grey + dice.integers(-9, 10, (CELLS * 40, CELLS * 40))
        kept = BytesIO()
        picture = Image.fromarray(np.clip(fine, 0, 255).astype(np.uint8)).convert("RGB")
        picture.save(kept, "JPEG", quality=92, comment=b"my licence plate")
        return Planted(kept.getvalue(), pattern)

    @staticmethod
    def in_each_part() -> list[Planted]:
        """One that becomes a lesson, one that is held out, one that the exam asks."""
        wanted = {(Part.LESSON, False), (Part.LESSON, True), (Part.EXAM, False)}
        found: dict[tuple[Part, bool], Planted] = {}
        for seed in range(1000):
            one = Planted.of(seed)
            item = Item.of(Labelled(one.photo_id, Label.DEFECTIVE))
            found.setdefault((item.part, item.is_held_out), one)
            if found.keys() >= wanted:
                break
        return [found[part] for part in sorted(wanted)]

    @property
    def photo_id(self) -> PhotoId:
        return PhotoId(sha256(self.jpeg).hexdigest())

    @property
    def names(self) -> list[bytes]:
        """Its hash as it came, and as it is kept."""
        kept = without_metadata(self.jpeg)
        return [self.photo_id.encode(), sha256(kept).hexdigest().encode(), b"my licence plate"]


def shows_any(picture: Image.Image, planted: Sequence[Planted]) -> bool:
    """Whether a picture, or a tile of a larger one, looks like one of them."""
    patterns = [one.pattern.ravel() for one in planted]
    for tile in _tiles(picture.convert("L")):
        cells = np.asarray(tile.resize((CELLS, CELLS), Image.Resampling.BOX), np.float64)
        if cells.std() >= 1 and (np.corrcoef([cells.ravel(), *patterns])[0, 1:] > NEAR).any():
            return True
    return False


def traces(planted: Sequence[Planted], ids: Sequence[str], data: bytes) -> list[str]:
    """What of planted photos is found in bytes, whatever they are."""
    words = [*(name for one in planted for name in one.names), *(one.encode() for one in ids)]
    found = [word.decode() for word in words if word in data]
    return found + ["pixels" for picture in pictures_in(data) if shows_any(picture, planted)]


def pictures_in(data: bytes) -> Iterator[Image.Image]:
    """Every picture in a file of any kind: as it is, one after the other, and as text."""
    for text in IN_TEXT.findall(data):
        yield from pictures_in(b64decode(text + b"=" * (-len(text) % 4)))
    for start, end in STARTS.items():
        at = data.find(start)
        while at >= 0:
            stop = data.find(end, at)
            try:
                picture = Image.open(BytesIO(data[at : stop + len(end)] if stop > 0 else data[at:]))
                picture.load()
                yield picture
            except (OSError, ValueError, SyntaxError):
                pass
            at = data.find(start, at + 1)


def files_below(*folders: Path) -> Iterator[tuple[Path, bytes]]:
    """Each file with its bytes; what vanishes meanwhile is gone."""
    for folder in folders:
        for path in folder.rglob("*"):
            try:
                if path.is_file():
                    yield path, path.read_bytes()
            except OSError:
                continue


def _tiles(picture: Image.Image) -> Iterator[Image.Image]:
    yield picture
    width, height = picture.size
    for side in {120, 144, 48} - {min(width, height)}:
        for top in range(0, height - side + 1, side):
            for left in range(0, width - side + 1, side):
                yield picture.crop((left, top, left + side, top + side))
