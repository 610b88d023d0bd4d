"""Tread patterns as height maps: 1 is the top of a block, 0 the bottom of a groove."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from tyreloop.learning.drawing.arrays import Field, Points, as_field

_SUBPIXEL = 4
"""Bits of sub-pixel position that OpenCV's lines are given."""


@dataclass(frozen=True, slots=True)
class Strip:
    """The rubber laid flat: columns run around the tyre, rows across it."""

    width: int
    height: int
    start: float
    radians_per_column: float
    widest: float
    half_width: float

    def column(self, around: Field) -> Field:
        return as_field((around - self.start) / self.radians_per_column)

    def row(self, across: Field) -> Field:
        return as_field((across + self.widest) * (self.height - 1) / (2 * self.widest))

    @property
    def rows_per_unit(self) -> float:
        """Rows for one half tread width."""
        return (self.height - 1) / (2 * self.widest)


class GrooveCutter:
    """Cuts grooves into a strip, in pattern units: pitch along, half tread widths across."""

    def __init__(self, strip: Strip, pitch: float, offset: float) -> None:
        self.strip = strip
        self.heights = np.full((strip.height, strip.width), 255, np.uint8)
        self._pitch = pitch
        self._offset = offset
        first = strip.start / pitch
        self.turns = range(int(first) - 2, int(first + strip.width * strip.radians_per_column / pitch) + 3)

    def cut(self, points: list[tuple[float, float]], width: float, depth: float = 1.0) -> None:
        """One groove along `points` (pitch, across), `width` in half tread widths."""
        self._carve(np.asarray(points, np.float32)[None], width, depth)

    def repeat(
        self, points: list[tuple[float, float]], width: float, depth: float = 1.0, shift: float = 0
    ) -> None:
        """The same groove once in every pitch around the tyre."""
        corners = np.asarray(points, np.float32)
        turns = np.zeros((len(self.turns), 1, 2), np.float32)
        turns[:, 0, 0] = np.asarray(self.turns) + shift
        self._carve(corners[None] + turns, width, depth)

    def _carve(self, grooves: Points, width: float, depth: float) -> None:
        lines = np.empty(grooves.shape, np.float32)
        lines[..., 0] = (
            (grooves[..., 0] + self._offset) * self._pitch - self.strip.start
        ) / self.strip.radians_per_column
        lines[..., 1] = (grooves[..., 1] + self.strip.widest) * self.strip.rows_per_unit
        wide = width * self.strip.rows_per_unit
        floor = int(255 * (1 - depth * min(1.0, max(0.35, wide))))
        corners = list((lines * 2**_SUBPIXEL).astype(np.int32))
        cv2.polylines(self.heights, corners, False, floor, max(1, round(wide)), cv2.LINE_AA, _SUBPIXEL)

    def ring(self, across: float, width: float, zigzag: float = 0.0, depth: float = 1.0) -> None:
        """A groove all around, straight or in zigzag."""
        if zigzag == 0:
            self.cut([(self.turns.start, across), (self.turns.stop, across)], width, depth)
            return
        steps = [half / 2 for half in range(2 * self.turns.start, 2 * self.turns.stop)]
        points = [(step, across + zigzag * (1 if index % 2 else -1)) for index, step in enumerate(steps)]
        self.cut(points, width, depth)


Pattern = Callable[[np.random.Generator, GrooveCutter], None]


def _ring_places(rng: np.random.Generator, count: int) -> list[float]:
    reach = rng.uniform(0.45, 0.72)
    places = np.linspace(-reach, reach, count) if count > 1 else np.zeros(1)
    return [float(place) for place in places + rng.normal(0, 0.02, count)]


def _curve(rng: np.random.Generator, start: float, end: float, slant: float) -> list[tuple[float, float]]:
    bend = rng.uniform(-0.35, 0.35)
    steps = np.linspace(0, 1, 7)
    return [(float(slant * s + bend * s * (1 - s)), float(start + (end - start) * s)) for s in steps]


def ribs(rng: np.random.Generator, cutter: GrooveCutter) -> None:
    """A road tyre: straight rings, short shoulder cuts, fine sipes."""
    places = _ring_places(rng, int(rng.integers(2, 6)))
    for place in places:
        cutter.ring(place, rng.uniform(0.06, 0.15))
    slant, width = rng.uniform(-0.6, 0.6), rng.uniform(0.025, 0.08)
    inner = max(abs(place) for place in places) + rng.uniform(-0.02, 0.12)
    for side in (-1, 1):
        cutter.repeat(_curve(rng, side * inner, side * 1.12, slant * side), width, shift=rng.uniform(0, 1))
    for left, right in pairwise(places):
        span = rng.uniform(0.35, 1.0) * (right - left)
        cutter.repeat(
            _curve(rng, left, left + span, rng.uniform(-0.7, 0.7)),
            rng.uniform(0.012, 0.04),
            0.8,
            rng.random(),
        )


def arrows(rng: np.random.Generator, cutter: GrooveCutter) -> None:
    """A rain tyre: V-shaped channels that run from the middle to the shoulders."""
    slant, width = rng.uniform(0.8, 2.6) * rng.choice([-1, 1]), rng.uniform(0.05, 0.13)
    inner, shift = rng.uniform(0.02, 0.25), rng.choice([0.0, 0.5])
    sweep = _curve(rng, inner, 1.14, slant)
    cutter.repeat(sweep, width)
    cutter.repeat([(along, -across) for along, across in sweep], width, shift=shift)
    if rng.random() < 0.6:
        cutter.ring(0, rng.uniform(0.04, 0.12))
    for side in (-1, 1):
        if rng.random() < 0.5:
            cutter.ring(side * rng.uniform(0.4, 0.6), rng.uniform(0.03, 0.1))
    short = [(along + 0.5, across) for along, across in sweep[3:]]
    for side in (-1, 1):
        cutter.repeat([(a, side * v) for a, v in short], width * 0.6, 0.9, shift if side < 0 else 0.0)


def zigzags(rng: np.random.Generator, cutter: GrooveCutter) -> None:
    """A lorry's tyre: zigzag rings and cross cuts."""
    zigzag = rng.uniform(0.03, 0.09)
    places = _ring_places(rng, int(rng.integers(2, 5)))
    for place in places:
        cutter.ring(place, rng.uniform(0.06, 0.14), zigzag)
    for left, right in zip([*places, 1.12], [places[0], *places[1:], 1.12], strict=True):
        if abs(right - left) > 0.05:
            cutter.repeat(_curve(rng, left, right, rng.uniform(-0.5, 0.5)), rng.uniform(0.03, 0.08), 0.9)
    for side in (-1, 1):
        cutter.repeat(_curve(rng, side * 0.75, side * 1.13, rng.uniform(-0.3, 0.3)), rng.uniform(0.04, 0.09))


def blocks(rng: np.random.Generator, cutter: GrooveCutter) -> None:
    """An all-terrain tyre: chunky blocks between wide, broken channels."""
    rows = int(rng.integers(3, 6))
    edges = np.linspace(-0.95, 0.95, rows + 1) + rng.normal(0, 0.03, rows + 1)
    width = rng.uniform(0.09, 0.2)
    for edge in edges[1:-1]:
        cutter.ring(float(edge), width * rng.uniform(0.6, 1.0), rng.uniform(0.02, 0.12))
    for index, (top, bottom) in enumerate(pairwise(edges)):
        outer = index in (0, rows - 1)
        start, end = (-1.16 if index == 0 else top), (1.16 if index == rows - 1 else bottom)
        slant, shift = rng.uniform(-0.6, 0.6), (index % 2) * 0.5 + rng.uniform(-0.1, 0.1)
        cutter.repeat(
            _curve(rng, float(start), float(end), slant), width * (1.1 if outer else 0.8), shift=shift
        )
        sipe = [
            (along + 0.5, across)
            for along, across in _curve(rng, float(top) + 0.06, float(bottom) - 0.06, slant)
        ]
        cutter.repeat(sipe, rng.uniform(0.012, 0.03), 0.8, shift)


def lugs(rng: np.random.Generator, cutter: GrooveCutter) -> None:
    """A mud tyre: wide channels, big lugs that interlock at the middle."""
    width, slant = rng.uniform(0.16, 0.3), rng.uniform(0.2, 0.9)
    for side in (-1, 1):
        shift = 0.0 if side < 0 else 0.5
        cutter.repeat(
            _curve(rng, side * rng.uniform(0.0, 0.12), side * 1.2, slant * side), width, shift=shift
        )
        hook = [(0.5, side * 0.55), (0.2, side * 0.35), (0.05, side * 0.1)]
        cutter.repeat(hook, width * 0.55, shift=shift)
    cutter.ring(0, rng.uniform(0.05, 0.12), rng.uniform(0.08, 0.2))


def winter(rng: np.random.Generator, cutter: GrooveCutter) -> None:
    """A winter tyre: arrows or blocks full of fine zigzag sipes."""
    (arrows if rng.random() < 0.5 else blocks)(rng, cutter)
    count, amplitude = int(rng.integers(3, 7)), rng.uniform(0.04, 0.12)
    for side in (-1, 1):
        start, end = side * rng.uniform(0.05, 0.15), side * rng.uniform(0.85, 1.0)
        steps = np.linspace(start, end, 13)
        slant = rng.uniform(-0.4, 0.4)
        sipe = [(float(slant * abs(v) + amplitude * (-1) ** i), float(v)) for i, v in enumerate(steps)]
        for index in range(count):
            cutter.repeat(sipe, 0.014, 0.75, shift=index / count)


def sporty(rng: np.random.Generator, cutter: GrooveCutter) -> None:
    """A summer or motorcycle tyre: much rubber, a few long slanting cuts."""
    for place in _ring_places(rng, int(rng.integers(1, 4))):
        cutter.ring(place, rng.uniform(0.08, 0.17))
    width = rng.uniform(0.04, 0.09)
    for side in (-1, 1):
        slant = rng.uniform(0.5, 2.0) * rng.choice([-1, 1])
        cutter.repeat(_curve(rng, side * 0.25, side * 0.85, slant), width, shift=rng.random())
        cutter.repeat(
            _curve(rng, side * 0.8, side * 1.1, rng.uniform(-0.4, 0.4)), width * 0.8, shift=rng.random()
        )


def road(rng: np.random.Generator, cutter: GrooveCutter) -> None:
    """A car's tyre of today: straight rings, and every rib full of fine slanting sipes."""
    places = _ring_places(rng, int(rng.integers(3, 5)))
    for place in places:
        cutter.ring(place, rng.uniform(0.07, 0.14))
    edges = [-1.12, *places, 1.12]
    slant = rng.uniform(-0.8, 0.8)
    for index, (left, right) in enumerate(pairwise(edges)):
        outer = index in (0, len(edges) - 2)
        width = rng.uniform(0.025, 0.06) if outer else rng.uniform(0.012, 0.03)
        for shift in (0.0, 0.5):
            cutter.repeat(_curve(rng, left, right, slant * (1 - 2 * (index % 2))), width, 0.85, shift)
        if outer and rng.random() < 0.6:
            middle = (left + right) / 2
            cutter.repeat(_curve(rng, middle - 0.15, middle + 0.15, slant), 0.014, 0.7, 0.25)


PATTERNS: tuple[Pattern, ...] = (
    *(road, road, road, ribs, ribs, arrows, arrows),
    *(zigzags, blocks, blocks, lugs, winter, sporty),
)


LEAST_GROOVES, MOST_GROOVES, LEAST_BLOCKS = 0.16, 0.7, 0.1
"""Shares of a sound tread: with less groove, or with hardly a block left, it passes for a bald one."""


def is_sound(heights: Field) -> bool:
    """Whether a tread of these heights has grooves, and blocks between them."""
    grooves, blocks = 1 - float(heights.mean()), float((heights > 0.6).mean())
    return LEAST_GROOVES < grooves < MOST_GROOVES and blocks > LEAST_BLOCKS


def draw_tread(rng: np.random.Generator, strip: Strip) -> Field:
    """One random pattern on a strip, 0 to 1; off the tread it is flat."""
    top, bottom = (int((edge + strip.widest) * strip.rows_per_unit) for edge in (-0.95, 0.95))
    while True:
        heights = _one_pattern(rng, strip)
        if is_sound(heights[top:bottom:2, ::2]):
            return heights


def _one_pattern(rng: np.random.Generator, strip: Strip) -> Field:
    pattern = PATTERNS[int(rng.integers(len(PATTERNS)))]
    pitches = rng.uniform(20, 34) if pattern in (lugs, blocks, arrows) else rng.uniform(34, 80)
    pitch = 2 * np.pi / pitches * max(0.7, strip.half_width / 0.32)
    cutter = GrooveCutter(strip, float(pitch), float(rng.random()))
    pattern(rng, cutter)
    return as_field(cutter.heights) / np.float32(255)
