"""The graph's map as heat on the photo, and the line around its hottest places."""

from __future__ import annotations

from typing import cast

import numpy as np
from contourpy import FillType, contour_generator
from numpy.typing import NDArray
from PIL import Image

from tyreloop.domain.damage import Outline
from tyreloop.vision.card import Card, InputSpec
from tyreloop.vision.engine import RawAnswer
from tyreloop.vision.prepare import content_box

QUIET_BELOW = 0.25  # of the card's scale: nothing stands out
COVERED_FROM = 0.5  # of the hottest place: what belongs to it
OUTLINE_CELLS = 48  # on the photo's longer side: finer than any map of ours
MOST_PLACES, MOST_POINTS = 3, 40
STRAIGHT = 1e-6  # of the photo's area: a smaller turn is none
LEAST_SHARE = 0.2  # of the largest place: a smaller one is left out

Heat = NDArray[np.float32]


def outline_of(raw: RawAnswer, card: Card, size: tuple[int, int]) -> Outline:
    """Around all that is at least half as hot as the hottest place of a photo of (width, height)."""
    heat = heat_on_input(raw, card)
    if heat is None or heat.max(initial=0.0) < QUIET_BELOW:
        return ()
    longer = max(size) / OUTLINE_CELLS
    cells = (max(round(size[0] / longer), 2), max(round(size[1] / longer), 2))
    on_photo = resized(heat_on_photo(heat, card.input, size), cells)
    level = max(float(on_photo.max()) * COVERED_FROM, QUIET_BELOW)
    places = sorted(_places(on_photo, level), key=_area, reverse=True)[:MOST_PLACES]
    kept = [place for place in places if _area(place) >= LEAST_SHARE * _area(places[0])]
    return tuple(_in_few_points(place) for place in kept)


def _places(heat: Heat, level: float) -> list[NDArray[np.float64]]:
    """The outer line of each place above the level, in shares of the photo; it closes along the edge."""
    height, width = heat.shape
    framed = np.pad(heat, 1)
    columns = np.clip((np.arange(width + 2) - 0.5) / width, 0, 1)
    rows = np.clip((np.arange(height + 2) - 0.5) / height, 0, 1)
    drawn = contour_generator(columns, rows, framed, fill_type=FillType.OuterOffset)
    found = cast(tuple[list[NDArray[np.float64]], list[NDArray[np.uint32]]], drawn.filled(level, np.inf))
    return [place[: ends[1]] for place, ends in zip(*found, strict=True)]


def _area(place: NDArray[np.float64]) -> float:
    x, y = place.T
    return abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2


def _in_few_points(place: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
    """Without the last point, which is the first once more, and those between two on a straight line."""
    points = place[:-1]
    (x, y), (to_x, to_y) = (points - np.roll(points, 1, axis=0)).T, (np.roll(points, -1, axis=0) - points).T
    turns = points[np.abs(x * to_y - y * to_x) > STRAIGHT]
    every = -(-len(turns) // MOST_POINTS)
    return tuple((round(float(x), 3), round(float(y), 3)) for x, y in turns[::every])


def heat_on_input(raw: RawAnswer, card: Card) -> Heat | None:
    """The evidence for a defect on the graph's input, 0 to 1; None where the graph has no map."""
    if raw.map is None:
        return None
    cells = raw.map[0] if raw.map.ndim == 3 else raw.map[0, 0]
    heat = np.clip(cells / card.map_scale, 0, 1).astype(np.float32)
    return resized(heat, (card.input.width, card.input.height))


def resized(heat: Heat, size: tuple[int, int]) -> Heat:
    """Stretched to (width, height)."""
    stretched = Image.fromarray(heat).resize(size, Image.Resampling.BILINEAR)
    return np.clip(np.asarray(stretched, np.float32), 0, 1)


def heat_on_photo(heat: Heat, spec: InputSpec, size: tuple[int, int]) -> Heat:
    """From the input's frame to the photo's: the padding cut away, or what was cropped put back."""
    if spec.fit == "letterbox":
        left, top, right, bottom = content_box(size, spec)
        return heat[top:bottom, left:right]
    if spec.fit == "squash":
        return heat
    scale = min(size[0] / spec.width, size[1] / spec.height)
    page = np.zeros((round(size[1] / scale), round(size[0] / scale)), np.float32)
    top, left = (page.shape[0] - spec.height) // 2, (page.shape[1] - spec.width) // 2
    page[top : top + spec.height, left : left + spec.width] = heat
    return page
