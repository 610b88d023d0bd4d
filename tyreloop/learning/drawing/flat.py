"""A tyre that carries a car: without air the wheel sinks far, and the rubber below it is pressed together."""

import cv2
import numpy as np

from tyreloop.learning.drawing.arrays import Field, Picture, as_field

LEAST_HEIGHT = 0.45
"""Of the picture, for the tyre that goes flat: smaller ones show too little of it."""


def flattened(
    rng: np.random.Generator, light: Picture, cover: Field, sink: float
) -> tuple[Picture, Field] | None:
    """A tyre whose wheel sank by this share of the rubber below it, and where that is pressed together."""
    height, width = cover.shape
    rows, columns = np.nonzero(cover > 0.5)
    if len(rows) == 0 or np.ptp(rows) < LEAST_HEIGHT * height:
        return None
    if rows.min() < 0.02 * height or rows.max() > 0.97 * height:  # cut off by the picture's edge
        return None
    ground = int(rows.max())
    middle = int(np.median(columns[rows > ground - 3]))
    wall = _wall(cover[:, middle], ground)
    if wall < 0.05 * height or ground - rows.min() < 3 * wall:
        return None
    bulging, sink = sink / 0.65, wall * sink
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    top = ground - wall
    pressed = top + (y - top - sink) * wall / (wall - sink)
    source_y = np.where(y < top + sink, y - sink, np.where(y < ground, pressed, y))
    low = np.exp(-(((y - (ground - 0.45 * (wall - sink))) / (0.6 * wall)) ** 2))
    near = np.exp(-(((x - middle) / (1.2 * wall + 0.12 * np.ptp(columns))) ** 2))
    source_x = middle + (x - middle) / (1 + rng.uniform(0.15, 0.4) * bulging * low * near)
    maps = as_field(source_x), as_field(source_y)
    changed = as_field(cv2.remap(light, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
    seen = as_field(cv2.remap(cover, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT))
    inside = (y > top + sink * 0.3) & (y <= ground) & (np.abs(x - middle) < 0.3 * np.ptp(columns) + wall)
    return changed, as_field(seen * inside)


def _wall(column: Field, ground: int) -> int:
    """How much rubber lies below the rim, in pixels of one column."""
    above = np.flatnonzero(column[:ground][::-1] < 0.5)
    above = above[above > 3]
    return int(above[0]) if len(above) else 0
