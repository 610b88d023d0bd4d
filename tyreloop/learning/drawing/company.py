"""What a tyre seldom stands without: others of its kind in a row or a stack, and the car that it carries."""

import cv2
import numpy as np

from tyreloop.learning.drawing.arrays import Field, Picture, as_field, laid_over
from tyreloop.learning.drawing.textures import hue, vivid


def others_behind(rng: np.random.Generator, behind: Picture, sound: Picture, cover: Field) -> Picture:
    """Copies of the sound tyre, to both sides or above and below, the farthest first."""
    rows, columns = np.nonzero(cover > 0.5)
    in_a_row = rng.random() < 0.7
    along = float(np.ptp(columns if in_a_row else rows)) * rng.uniform(0.45, 1.0)
    shrinks = rng.uniform(0.86, 1.0)
    count = int(rng.integers(1, 5))
    sides = (-1, 1) if rng.random() < 0.5 else (int(rng.choice([-1, 1])),)
    middle = float(columns.mean()), float(rows.mean())
    for number in range(count, 0, -1):
        scale = shrinks**number
        away = along * sum(shrinks**nearer for nearer in range(number))
        for side in sides:
            x, y = (side * away, 0.0) if in_a_row else (0.0, side * away)
            place = [[scale, 0, middle[0] * (1 - scale) + x], [0, scale, middle[1] * (1 - scale) + y]]
            turn = np.asarray(place, np.float32)
            behind = laid_over(behind, _moved(sound, turn), _moved(cover, turn))
    return behind


def _moved(picture: Picture, turn: Field) -> Picture:
    height, width = picture.shape[:2]
    return as_field(cv2.warpAffine(picture, turn, (width, height), flags=cv2.INTER_LINEAR))


def car_before(rng: np.random.Generator, cover: Field) -> tuple[Picture, Field, Field]:
    """A car's flank around the wheel: its paint, where it hides the tyre too, and the dark of the arch."""
    height, width = cover.shape
    rows, columns = np.nonzero(cover > 0.5)
    radius_y, radius_x = np.ptp(rows) / 2, np.ptp(columns) / 2
    middle_x, middle_y = float(columns.mean()), float(rows.min() + radius_y)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    wide, tall = rng.uniform(1.08, 1.35), rng.uniform(0.8, 1.3)
    inside = np.hypot((x - middle_x) / (wide * radius_x), (y - middle_y) / (tall * radius_y))
    above_sill = np.clip((middle_y + rng.uniform(0.2, 0.6) * radius_y - y) / 2, 0, 1)
    body = above_sill * np.clip((inside - 1) * radius_x / 2, 0, 1)
    arch = above_sill * np.clip((1.02 - inside) * radius_x / 2, 0, 1)
    colour = vivid(rng) if rng.random() < 0.4 else hue(rng, 0.03, 0.95, 0.03)
    shine = np.linspace(rng.uniform(0.7, 1.3), rng.uniform(0.6, 1.0), height, dtype=np.float32)
    paint = np.clip(shine[:, None, None] * colour + np.zeros((1, width, 1), np.float32), 0, 1)
    return as_field(paint), as_field(body), as_field(arch)
