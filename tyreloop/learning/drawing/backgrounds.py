"""What stands behind and under a tyre."""

import math
from collections.abc import Callable

import cv2
import numpy as np

from tyreloop.learning.drawing.arrays import Field, Picture, Points, as_field, laid_over, thrice
from tyreloop.learning.drawing.geometry import View
from tyreloop.learning.drawing.noise import cloudy_noise
from tyreloop.learning.drawing.textures import any_texture, hue, vivid

GROUND = -1.0
"""A standing tyre with an outer radius of 1 touches the ground here."""


PAPERS, PAPER_SHARES = ((0.75, 1.0), (0.02, 0.7), (0.0, 0.03)), (0.6, 0.2, 0.2)
"""What a catalogue's tyre stands before: how light it may be, and how often it is so."""


def studio(rng: np.random.Generator, height: int, width: int) -> Picture:
    """White, grey or black paper, lit from one side."""
    darkest, lightest = PAPERS[int(rng.choice(len(PAPERS), p=PAPER_SHARES))]
    light = rng.uniform(darkest, lightest)
    slope = np.linspace(1, rng.uniform(0.8, 1.1), height, dtype=np.float32)[:, None, None]
    tint = hue(rng, 1.0, 1.0, 0.02) if rng.random() < 0.85 else vivid(rng)
    return as_field(np.clip(slope * np.float32(light) * tint + np.zeros((1, width, 1), np.float32), 0, 1))


def sky(rng: np.random.Generator, height: int, width: int) -> Picture:
    """A sky with clouds."""
    top = np.array([rng.uniform(0.3, 0.7), rng.uniform(0.5, 0.75), rng.uniform(0.75, 1.0)], np.float32)
    fade = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    clouds = np.clip(cloudy_noise(rng, height, width, height / 2) * 2 - 0.9, 0, 1)
    blue = top + (np.float32(0.92) - top) * fade
    blue = np.broadcast_to(blue, (height, width, 3))
    return laid_over(blue, np.full((height, width, 3), 0.95, np.float32), clouds)


def clutter(rng: np.random.Generator, height: int, width: int) -> Picture:
    """A street, a garage, a car's flank: shapes out of focus."""
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = hue(rng, 0.05, 0.9)
    for _ in range(int(rng.integers(4, 14))):
        colour = [float(value) for value in (vivid(rng) if rng.random() < 0.4 else hue(rng, 0.02, 1.0))]
        x, y = rng.uniform(-0.2, 1.2, 2) * (width, height)
        w, h = rng.uniform(0.05, 0.7, 2) * (width, height)
        if rng.random() < 0.5:
            cv2.rectangle(picture, (int(x), int(y)), (int(x + w), int(y + h)), colour, -1)
        else:
            cv2.ellipse(
                picture, (int(x), int(y)), (int(w / 2), int(h / 2)), rng.uniform(0, 180), 0, 360, colour, -1
            )
    softness = height * (rng.uniform(0.004, 0.03) if rng.random() < 0.7 else 0.002)
    return as_field(cv2.GaussianBlur(picture, (0, 0), softness))


def wall(rng: np.random.Generator, height: int, width: int) -> Picture:
    """A textured wall or floor seen from straight ahead."""
    return any_texture(rng, height, width)


BACKDROPS: tuple[Callable[[np.random.Generator, int, int], Picture], ...] = (
    sky,
    clutter,
    clutter,
    clutter,
    wall,
)


def draw_background(rng: np.random.Generator, view: View, directions: Points) -> Picture:
    """Studio paper, or a backdrop above a ground in perspective with the tyre's shadow on it."""
    height, width = directions.shape[:2]
    if rng.random() < 0.28:
        return studio(rng, height, width)
    backdrop = BACKDROPS[int(rng.integers(len(BACKDROPS)))](rng, height, width)
    if rng.random() < 0.25:
        return backdrop
    return _with_ground(rng, view, directions, backdrop)


def _with_ground(rng: np.random.Generator, view: View, directions: Points, backdrop: Picture) -> Picture:
    height, width = directions.shape[:2]
    down = np.minimum(directions[..., 2], -1e-3)
    reach = np.minimum((GROUND - float(view.position[2])) / down, 12).astype(np.float32)
    x = view.position[0] + reach * directions[..., 0]
    y = view.position[1] + reach * directions[..., 1]
    tile = any_texture(rng, height, width)
    scale = height / rng.uniform(1.2, 4)
    cos, sin = (float(value) * scale for value in _turn(rng))
    columns = x * cos - y * sin
    rows = x * sin + y * cos
    ground = as_field(cv2.remap(tile, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))
    ground *= thrice(_shadow(rng, as_field(x), as_field(y)))
    on_ground = np.clip((-directions[..., 2] - 0.06) / 0.05, 0, 1)
    return laid_over(backdrop, ground, on_ground)


def _turn(rng: np.random.Generator) -> tuple[float, float]:
    angle = rng.uniform(0, np.pi)
    return math.cos(angle), math.sin(angle)


def _shadow(rng: np.random.Generator, x: Field, y: Field) -> Field:
    """Dark where the tyre meets the ground, and to one side of it."""
    lean_x, lean_y = (float(lean) for lean in rng.normal(0, 0.25, 2))
    near = ((x - lean_x) / 0.55) ** 2 + ((y - lean_y) / 0.7) ** 2
    return as_field(1 - np.float32(rng.uniform(0.3, 0.85)) * np.exp(-near))
