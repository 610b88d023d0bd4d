"""Which lessons make a batch, and which part of each photo is shown.

Where each class comes from another camera, a network learns the cameras. So a batch is mixed by class and by
source; a photo with boxes teaches `defective` around them and `good` beside them; and the damage of one photo
is laid over sound rubber of another.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tyreloop.learning.datasets.lesson_book import UNLABELLED, Entry
from tyreloop.learning.datasets.prepared import Prepared
from tyreloop.learning.drawing.arrays import as_field
from tyreloop.learning.recipe import Mixture
from tyreloop.learning.training.lessons import balanced_order

Window = tuple[float, float, float, float]
"""Left, top, right, bottom as shares of the picture."""

SMALL_BOXES = 0.6
"""Boxes that cover less leave sound rubber beside them."""

DARK, MOSTLY = 120, 0.5
"""Rubber: more than this share of a window is darker than this."""

TRIES = 40

COVERED = 0.5
"""How often, instead, the damage is covered: then a whole wheel with its rim is a sound one, too."""


class Pick(NamedTuple):
    """A lesson, the part of it that is shown, and another whose damage is laid over it."""

    place: int
    window: Window
    is_sound: bool = False
    """What is shown has no damage: it lies beside the box, or the box is covered."""
    is_covered: bool = False
    damage: int = -1


def plain_batches(
    lessons: Prepared, zoom: float, size: int, dice: np.random.Generator
) -> Iterator[list[Pick]]:
    """One epoch without a mixture: every photo about once, good and defective ones equally often."""
    order = balanced_order(lessons.labels, dice)
    for start in range(0, len(order) - size + 1, size):
        places = np.sort(order[start : start + size])
        yield [Pick(int(place), _any_window(zoom, dice)) for place in places]


def _any_window(zoom: float, dice: np.random.Generator) -> Window:
    width, height = 1 - dice.random(2) * zoom
    left, top = dice.uniform(0, 1 - width), dice.uniform(0, 1 - height)
    return (left, top, left + width, top + height)


class Mixer:
    """The lessons of one training by what they teach."""

    def __init__(self, lessons: Prepared) -> None:
        self._lessons = lessons
        self._cells: dict[str, list[NDArray[np.int64]]] = {}
        entries = lessons.entries
        for drawn in (False, True):
            for label in ("good", "defective", "not_a_tyre", UNLABELLED):
                name = f"drawn_{label}" if drawn else label
                places = [n for n, one in enumerate(entries) if one.label == label and one.is_drawn == drawn]
                self._cells[name] = _by_source(places, lessons)
        self._cells["beside"] = _by_source([n for n, one in enumerate(entries) if _has_room(one)], lessons)
        cracked = [n for n, one in enumerate(entries) if "crack" in one.kinds and one.boxes]
        self._cells["pasted"] = [np.array(cracked, np.int64)] if cracked else []

    def batches(self, mixture: Mixture, size: int, dice: np.random.Generator) -> Iterator[list[Pick]]:
        """One epoch of the recipe's length."""
        shares = {name: share for name, share in mixture.shares().items() if self._cells[name]}
        names = list(shares)
        chances = np.array(list(shares.values())) / sum(shares.values())
        for _ in range(mixture.photos // size):
            counts = np.floor(chances * size).astype(int)
            for _ in range(size - counts.sum()):
                counts[dice.choice(len(names), p=chances)] += 1
            yield [
                self._pick(name, dice)
                for name, count in zip(names, counts, strict=True)
                for _ in range(count)
            ]

    def _pick(self, name: str, dice: np.random.Generator) -> Pick:
        if name == "pasted":
            under = ("good", "drawn_good", "beside")
            known = [cell for cell in under if self._cells[cell]]
            sound = self._pick(known[dice.integers(len(known))], dice)
            return sound._replace(damage=self._one_of("pasted", dice))
        if name == "beside":
            return self._beside(dice)
        place = self._one_of(name, dice)
        return Pick(place, self._around(place, name, dice))

    def _one_of(self, name: str, dice: np.random.Generator) -> int:
        cells = self._cells[name]
        weights = np.sqrt([len(cell) for cell in cells])
        return int(dice.choice(cells[dice.choice(len(cells), p=weights / weights.sum())]))

    def _around(self, place: int, name: str, dice: np.random.Generator) -> Window:
        """A part of the photo that still shows what it is called for."""
        boxes = self._lessons.entries[place].rectangles
        if name != "defective" or not boxes:
            return window(dice, LEAST_AREA[name])
        cracked = "crack" in self._lessons.entries[place].kinds
        for _ in range(8):
            found = window(dice, 0.25)
            for box in boxes:
                enough = 0.35 * min(_area(box), _area(found)) if cracked else 0.85 * _area(box)
                if _common(found, box) > enough:
                    return found
        return (0.0, 0.0, 1.0, 1.0)

    def _beside(self, dice: np.random.Generator) -> Pick:
        """Sound rubber of a damaged tyre; where none is found, a sound photo."""
        if dice.random() < COVERED:
            return Pick(self._one_of("beside", dice), window(dice, 0.4), is_sound=True, is_covered=True)
        for _ in range(TRIES):
            place = self._one_of("beside", dice)
            found = window(dice, 0.12, 0.5)
            boxes = self._lessons.entries[place].rectangles
            if all(_common(found, wider(box)) == 0 for box in boxes) and self._shows_rubber(place, found):
                return Pick(place, found, is_sound=True)
        return self._pick("good" if self._cells["good"] else "drawn_good", dice)

    def _shows_rubber(self, place: int, where: Window) -> bool:
        picture = self._lessons.pictures[place]
        left, top, right, bottom = (int(share * len(picture)) for share in where)
        return float((picture[top:bottom, left:right].mean(axis=2) < DARK).mean()) > MOSTLY


LEAST_AREA = {
    "good": 0.25,
    "defective": 0.6,
    "not_a_tyre": 0.3,
    UNLABELLED: 0.5,
    "drawn_good": 0.55,
    "drawn_defective": 0.55,
    "drawn_not_a_tyre": 0.4,
    "drawn_unlabelled": 0.5,
}
"""How little of a photo may be shown."""


def window(dice: np.random.Generator, least: float, most: float = 1.0) -> Window:
    """A part of the picture of a random size, shape and place."""
    side = math.sqrt(dice.uniform(least, most))
    slant = math.exp(dice.uniform(-0.25, 0.25))
    width, height = min(1.0, side * slant), min(1.0, side / slant)
    left, top = dice.uniform(0, 1 - width), dice.uniform(0, 1 - height)
    return (left, top, left + width, top + height)


def laid_over(
    picture: NDArray[np.uint8], damage: NDArray[np.uint8], dice: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    """The fine structure of damaged rubber on a part of another picture, and where that is.

    Only what is finer than a few pixels is taken over: colour and light stay the picture's own, so they tell
    nothing about the damage. Where hardly anything can be seen of it, nothing was done.
    """
    where = _ragged_spot(dice, len(picture))
    fine = damage.astype(np.float32)
    fine = (fine - cv2.GaussianBlur(fine, (0, 0), dice.uniform(5, 12))).mean(axis=2)
    change = fine * where * dice.uniform(0.9, 1.6)
    if float((np.abs(change) * where).sum() / where.sum()) < SEEN:
        return picture, None
    changed = np.clip(picture + change[..., None], 0, 255).astype(np.uint8)
    return changed, (where > 0.5).astype(np.uint8)


SEEN = 6.0
"""Steps of brightness, on average, by which pasted damage must change what it lies on."""


def _ragged_spot(dice: np.random.Generator, side: int) -> NDArray[np.float32]:
    """A soft, ragged ellipse or band."""
    noise = as_field(cv2.GaussianBlur(dice.random((side, side)).astype(np.float32), (0, 0), side / 12))
    noise = (noise - noise.min()) / (noise.max() - noise.min())
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32) / side
    (x, y), turn = dice.uniform(0.25, 0.75, 2), dice.uniform(0, np.pi)
    along = (columns - x) * np.cos(turn) + (rows - y) * np.sin(turn)
    across = (rows - y) * np.cos(turn) - (columns - x) * np.sin(turn)
    far = (along / dice.uniform(0.2, 0.6)) ** 2 + (across / dice.uniform(0.1, 0.35)) ** 2
    return as_field(np.clip((1.15 - far - (noise - 0.5) * 1.2) / 0.4, 0, 1))


def _has_room(entry: Entry) -> bool:
    """Bulges are local; cracks run on beyond the box that somebody drew around the worst."""
    local = bool(entry.kinds) and "crack" not in entry.kinds and "worn" not in entry.kinds
    return local and bool(entry.boxes) and sum(map(_area, entry.rectangles)) < SMALL_BOXES


def _by_source(places: list[int], lessons: Prepared) -> list[NDArray[np.int64]]:
    groups: dict[tuple[str, str], list[int]] = {}
    for place in places:
        groups.setdefault((lessons.entries[place].source, lessons.entries[place].kinds), []).append(place)
    return [np.array(found, np.int64) for found in groups.values()]


def _area(one: Window) -> float:
    return (one[2] - one[0]) * (one[3] - one[1])


def _common(one: Window, other: Window) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height)


def wider(box: Window, by: float = 0.03) -> Window:
    """A box with a margin, inside the picture."""
    left, top, right, bottom = box
    return (max(0.0, left - by), max(0.0, top - by), min(1.0, right + by), min(1.0, bottom + by))
