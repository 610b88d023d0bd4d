"""Damage on a strip of rubber: each painter changes the rubber and returns the mask of what it planted."""

from collections.abc import Callable

import cv2
import numpy as np

from tyreloop.learning.drawing.arrays import Field, Mask, Points, as_field, grid, laid_over, thrice, tinted
from tyreloop.learning.drawing.noise import cloudy_noise, grain
from tyreloop.learning.drawing.rubber import Rubber
from tyreloop.learning.drawing.wear import cords, worn

Spot = tuple[float, float]
Damage = Callable[[np.random.Generator, Rubber, Spot, float], Field]
"""(random, rubber, place around and across, severity 0 faint to 1 plain) -> mask."""


def _pixel(rubber: Rubber, spot: Spot) -> tuple[float, float]:
    strip = rubber.strip
    return (spot[0] - strip.start) / strip.radians_per_column, (spot[1] + strip.widest) * strip.rows_per_unit


def _walk(
    rng: np.random.Generator, start: tuple[float, float], angle: float, length: float, unrest: float
) -> Points:
    """A wandering line of 9 corners, in pixels."""
    turns = angle + np.cumsum(rng.normal(0, unrest, 8))
    steps = np.stack([np.cos(turns), np.sin(turns)], axis=1) * (length / 8)
    return np.vstack([[start], np.asarray(start) + np.cumsum(steps, axis=0)])


def _stroke(canvas: Mask, line: Points, thickness: float) -> None:
    cv2.polylines(
        canvas, [(line * 16).astype(np.int32)], False, 255, max(1, round(thickness)), cv2.LINE_AA, 4
    )


def _canvas(rubber: Rubber) -> Mask:
    return np.zeros(rubber.pattern.shape, np.uint8)


def _engrave(rubber: Rubber, slit: Field, darkness: float, lip: float) -> None:
    """A dark slit with light lips: freshly opened rubber catches light at its edge."""
    wide = as_field(cv2.GaussianBlur(slit, (0, 0), max(1.0, rubber.strip.rows_per_unit * 0.02)))
    edge = np.clip(wide * 1.6 - slit, 0, 1)
    rubber.colour += thrice(edge * np.float32(lip))
    rubber.colour *= thrice(1 - slit * np.float32(darkness))
    rubber.relief -= slit * np.float32(0.05)


def _spread(mask: Field, pixels: float) -> Field:
    """What a person would circle: the damage and a little around it."""
    size = max(3, int(pixels) | 1)
    return as_field(cv2.dilate((mask > 0.3).astype(np.uint8), np.ones((size, size), np.uint8)))


def crack(rng: np.random.Generator, rubber: Rubber, spot: Spot, severity: float) -> Field:
    """One long crack with branches."""
    canvas, unit = _canvas(rubber), rubber.strip.rows_per_unit
    length = unit * (1.0 + 1.2 * severity)
    angle = rng.uniform(0, 2 * np.pi)
    x, y = _pixel(rubber, spot)
    start = (x - np.cos(angle) * length / 2, y - np.sin(angle) * length / 2)
    trunk = _walk(rng, start, angle, length, 0.35)
    thickness = unit * (0.055 + 0.055 * severity) + 1.0
    _stroke(canvas, trunk, thickness)
    for _ in range(int(rng.integers(1, 6))):
        root = trunk[int(rng.integers(1, 8))]
        twig = _walk(
            rng, (root[0], root[1]), angle + rng.choice([-1, 1]) * rng.uniform(0.4, 1.2), length * 0.35, 0.4
        )
        _stroke(canvas, twig, thickness * 0.6)
    slit = as_field(canvas) / np.float32(255)
    _engrave(rubber, slit, 0.85 + 0.15 * severity, rng.uniform(0.1, 0.3))
    return _spread(slit, unit * 0.06)


def dry_rot(rng: np.random.Generator, rubber: Rubber, spot: Spot, severity: float) -> Field:
    """A field of short cracks side by side: old, dried rubber."""
    canvas, unit = _canvas(rubber), rubber.strip.rows_per_unit
    x, y = _pixel(rubber, spot)
    angle, reach = rng.choice([0.0, np.pi / 2]) + rng.normal(0, 0.15), unit * (0.4 + 0.4 * severity)
    for _ in range(int(14 + 22 * severity)):
        start = (x + rng.normal(0, 1.2) * reach, y + rng.normal(0, 0.4) * reach)
        _stroke(
            canvas,
            _walk(rng, start, angle, unit * rng.uniform(0.25, 0.7), 0.3),
            unit * rng.uniform(0.03, 0.055) + 0.8,
        )
    slit = as_field(canvas) / np.float32(255)
    _engrave(rubber, slit, 0.85 + 0.15 * severity, rng.uniform(0.05, 0.2))
    return _spread(slit, unit * 0.12)


def crazed(rng: np.random.Generator, rubber: Rubber, spot: Spot, severity: float) -> Field:
    """A web of hair-thin cracks, most of them along the sidewall: what sun and years do first."""
    canvas, unit = _canvas(rubber), rubber.strip.rows_per_unit
    x, y = _pixel(rubber, spot)
    turn = 0.0 if rng.random() < 0.7 else rng.uniform(0, np.pi)
    spread = unit * np.array([rng.uniform(0.8, 2.0), rng.uniform(0.12, 0.35)])
    for _ in range(int(60 + 160 * severity)):
        start = np.array([x, y]) + rng.normal(0, 1, 2) * spread
        angle = turn + rng.normal(0, 0.35) + (np.pi / 2 if rng.random() < 0.18 else 0)
        line = _walk(rng, (start[0], start[1]), angle, unit * rng.uniform(0.06, 0.35), 0.5)
        _stroke(canvas, line, unit * rng.uniform(0.004, 0.018) + 0.3)
    slit = as_field(canvas) / np.float32(255)
    _engrave(rubber, slit, 0.75 + 0.25 * severity, rng.uniform(0.02, 0.25))
    return _spread(slit, 1)


def cut(rng: np.random.Generator, rubber: Rubber, spot: Spot, severity: float) -> Field:
    """A gash: a wide, pointed slit with torn lips."""
    canvas, unit = _canvas(rubber), rubber.strip.rows_per_unit
    length, width = unit * (0.8 + 0.7 * severity), unit * (0.13 + 0.12 * severity) + 1
    x, y = _pixel(rubber, spot)
    angle = rng.uniform(0, np.pi)
    t = np.linspace(-1, 1, 9)
    swell = (1 - t**2) * width / 2 * (1 + rng.normal(0, 0.15, 9))
    bow = rng.uniform(-0.2, 0.2) * length * (1 - t**2)
    upper = np.stack([t * length / 2, bow + swell], axis=1)
    lower = np.stack([t * length / 2, bow - swell], axis=1)[::-1]
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    outline = np.vstack([upper, lower]) @ turn + (x, y)
    cv2.fillPoly(canvas, [(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    slit = as_field(canvas) / np.float32(255)
    _engrave(rubber, slit, 0.85 + 0.15 * severity, rng.uniform(0.15, 0.4))
    return _spread(slit, unit * 0.08)


def bulge(rng: np.random.Generator, rubber: Rubber, spot: Spot, severity: float) -> Field:
    """A blister: the sidewall swells where its cords are broken."""
    height, width = rubber.pattern.shape
    x, y = _pixel(rubber, spot)
    size = rubber.strip.rows_per_unit * rng.uniform(0.36, 0.52)
    rows, columns = grid(height, width)
    distance = ((columns - x) / (size * rng.uniform(0.9, 1.6))) ** 2 + ((rows - y) / size) ** 2
    bump = as_field(np.exp(-(distance**1.5)))
    rubber.relief += bump * np.float32(0.6 + 0.4 * severity)
    rubber.colour *= thrice(1 + bump * np.float32(rng.uniform(0.35, 0.9)))
    rim = bump * (1 - bump) * 4
    rubber.colour *= thrice(1 - np.float32(0.25 + 0.3 * severity) * rim)
    return as_field(bump > 0.35)


def missing_block(rng: np.random.Generator, rubber: Rubber, spot: Spot, severity: float) -> Field:
    """A torn-out piece: a ragged hole with a rough floor."""
    height, width = rubber.pattern.shape
    x, y = _pixel(rubber, spot)
    size = rubber.strip.rows_per_unit * (0.32 + 0.2 * severity)
    rows, columns = grid(height, width)
    distance = np.hypot((columns - x) / (size * rng.uniform(0.9, 1.7)), (rows - y) / size)
    ragged = distance + (cloudy_noise(rng, height, width, size) - 0.5) * np.float32(0.9)
    hole = as_field(np.clip((1 - ragged) / 0.1, 0, 1))
    floor = np.float32(rng.uniform(0.02, 0.5)) * (
        0.6 + 0.5 * np.clip(grain(rng, height, width, 1.0), -1, 1.5)
    )
    rim = as_field(np.clip(1 - np.abs(ragged - 1.02) / 0.1, 0, 1))
    rubber.colour = laid_over(rubber.colour, thrice(as_field(floor)), hole)
    rubber.colour *= thrice(1 - rim * np.float32(0.6))
    rubber.relief -= hole * np.float32(0.09)
    rubber.pattern += (1 - rubber.pattern) * hole
    return as_field(hole > 0.4)


def nail(rng: np.random.Generator, rubber: Rubber, spot: Spot, severity: float) -> Field:
    """A nail or a screw: a bright round head with its shadow, or its bent shaft."""
    canvas, unit = _canvas(rubber), rubber.strip.rows_per_unit
    x, y = _pixel(rubber, spot)
    radius = unit * (0.13 + 0.08 * severity) + 1.2
    centre = (int(x * 16), int(y * 16))
    cv2.circle(canvas, centre, int(radius * 16), 255, -1, cv2.LINE_AA, 4)
    if rng.random() < 0.5:
        _stroke(
            canvas, _walk(rng, (x, y), rng.uniform(0, 6.28), radius * rng.uniform(2.5, 5), 0.08), radius * 0.6
        )
    head = as_field(canvas) / np.float32(255)
    shadow = as_field(cv2.GaussianBlur(np.roll(head, int(radius * 0.7), axis=(0, 1)), (0, 0), radius * 0.5))
    metal = np.array([1.0, rng.uniform(0.75, 1.0), rng.uniform(0.55, 1.0)], np.float32) * np.float32(
        rng.uniform(0.5, 0.95)
    )
    gleam = 1 + np.float32(0.25) * grain(rng, head.shape[0], head.shape[1], radius * 0.3)
    rubber.colour *= thrice(1 - 0.85 * shadow)
    rubber.colour = laid_over(rubber.colour, tinted(as_field(gleam), metal), head)
    rubber.relief += head * np.float32(0.06)
    return _spread(head, unit * 0.1)


def stone(rng: np.random.Generator, rubber: Rubber, spot: Spot, severity: float) -> Field:
    """A stone wedged into the tread."""
    canvas, unit = _canvas(rubber), rubber.strip.rows_per_unit
    x, y = _pixel(rubber, spot)
    radius = unit * (0.17 + 0.1 * severity) + 1.5
    angles = np.sort(rng.uniform(0, 2 * np.pi, 8))
    outline = np.stack(
        [
            x + np.cos(angles) * radius * rng.uniform(0.7, 1.2, 8),
            y + np.sin(angles) * radius * rng.uniform(0.6, 1.0, 8),
        ],
        1,
    )
    cv2.fillPoly(canvas, [(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    body = as_field(canvas) / np.float32(255)
    around = as_field(cv2.GaussianBlur(body, (0, 0), radius * 0.35))
    dome = as_field(cv2.GaussianBlur(body, (0, 0), radius * 0.3)) * body
    hue = np.array([1.0, rng.uniform(0.88, 1.0), rng.uniform(0.7, 1.0)], np.float32) * np.float32(
        rng.uniform(0.45, 0.9)
    )
    rubber.colour *= thrice(1 - np.clip(around * 1.2 - body, 0, 1) * np.float32(0.9))
    rubber.colour = laid_over(
        rubber.colour, tinted(1 + 0.15 * grain(rng, body.shape[0], body.shape[1]), hue), body
    )
    rubber.relief += dome * np.float32(0.12)
    rubber.pattern += (1 - rubber.pattern) * body
    return _spread(body, unit * 0.06)


ON_TREAD: dict[str, Damage] = {
    "worn": worn,
    "cords": cords,
    "crack": crack,
    "cut": cut,
    "missing_block": missing_block,
    "nail": nail,
    "stone": stone,
    "crazed": crazed,
}
ON_SIDEWALL: dict[str, Damage] = {
    "bulge": bulge,
    "crack": crack,
    "cut": cut,
    "dry_rot": dry_rot,
    "crazed": crazed,
}
