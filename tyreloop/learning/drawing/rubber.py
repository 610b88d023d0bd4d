"""The rubber laid flat: its heights, its colour and its faults, before it is bent into a tyre."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from tyreloop.learning.drawing.arrays import Field, Picture, laid_over, thrice, tinted
from tyreloop.learning.drawing.noise import cloudy_noise, grain, patches
from tyreloop.learning.drawing.sidewall import draw_sidewall
from tyreloop.learning.drawing.textures import hue, vivid
from tyreloop.learning.drawing.tread import Strip, draw_tread


@dataclass(slots=True)
class Rubber:
    """One strip of rubber while it is drawn. Heights are in half tread widths, colour is RGB light."""

    strip: Strip
    across: Field
    on_tread: Field
    pattern: Field
    depth: Field
    relief: Field
    colour: Picture
    shine: float

    def copy(self) -> "Rubber":
        """What is drawn on this one from now on is not on that one."""
        return replace(
            self, pattern=self.pattern.copy(), relief=self.relief.copy(), colour=self.colour.copy()
        )

    def heights(self) -> Field:
        """Groove floors and raised letters as one height map, in rows."""
        grooves = (self.pattern - 1) * self.depth * self.on_tread
        return (grooves * np.float32(0.1) + self.relief) * np.float32(self.strip.rows_per_unit)


LABEL_SHARE, LINES_SHARE = 0.1, 0.08
"""What a factory leaves on a tread until the road takes it."""


def draw_rubber(rng: np.random.Generator, strip: Strip, left_depth: float) -> Rubber:
    """A sound tyre's rubber with `left_depth` (0 bald to 1 new) of its tread."""
    across = np.linspace(-strip.widest, strip.widest, strip.height, dtype=np.float32)[:, None]
    on_tread = np.clip((1.17 - np.abs(across)) / 0.05, 0, 1) + np.zeros((1, strip.width), np.float32)
    pattern = draw_tread(rng, strip)
    relief, paint = draw_sidewall(rng, strip)
    beside = np.clip((np.abs(across) - 1.08) / 0.05, 0, 1)
    depth = np.full_like(pattern, left_depth)
    colour = _colour(rng, strip, pattern, depth, on_tread)
    if paint.any():
        colour += thrice(paint * beside * np.float32(rng.uniform(0.2, 0.7)))
    if rng.random() < LABEL_SHARE:
        _stick_label(rng, strip, colour, pattern)
    if rng.random() < LINES_SHARE:
        _paint_lines(rng, strip, colour)
    return Rubber(
        strip=strip,
        across=across + np.zeros_like(pattern),
        on_tread=on_tread,
        pattern=pattern,
        depth=depth,
        relief=(relief - 0.5) * beside * np.float32(0.12),
        colour=colour,
        shine=float(rng.uniform(0, 0.5) if rng.random() < 0.6 else rng.uniform(0, 0.12)),
    )


def _colour(rng: np.random.Generator, strip: Strip, pattern: Field, depth: Field, on_tread: Field) -> Picture:
    """Black rubber gone grey, with dust on the blocks or dirt in the grooves."""
    height, width = pattern.shape
    base = np.float32(rng.uniform(0.13, 0.34))
    tint = 1 + rng.normal(0, 0.05, 3).astype(np.float32)
    uneven = cloudy_noise(rng, height, width, strip.rows_per_unit * rng.uniform(0.4, 1.5))
    tone = base * (1 + rng.uniform(0.1, 0.7) * (uneven - 0.5))
    tone += np.float32(rng.uniform(0.0, 0.12) * base) * grain(rng, height, width, rng.uniform(0, 1.2))
    colour = tinted(np.maximum(tone, 0.01), tint)
    if rng.random() < 0.6:
        colour = _dirty(rng, colour, pattern, uneven)
    return colour


def _stick_label(rng: np.random.Generator, strip: Strip, colour: Picture, pattern: Field) -> None:
    """A sheet of paper with words and blocks of colour, over the grooves."""
    unit = strip.rows_per_unit
    wide, tall = int(unit * rng.uniform(0.4, 1.8)), int(unit * rng.uniform(0.35, 1.1))
    sheet = np.empty((max(tall, 4), max(wide, 4), 3), np.float32)
    sheet[:] = hue(rng, 0.7, 1.0, 0.04) if rng.random() < 0.7 else vivid(rng)
    for _ in range(int(rng.integers(1, 5))):
        x, y = rng.uniform(0, 0.8, 2) * (wide, tall)
        ink = [float(value) for value in (vivid(rng) if rng.random() < 0.5 else hue(rng, 0.0, 0.3))]
        end = (int(x + rng.uniform(0.1, 0.6) * wide), int(y + rng.uniform(0.05, 0.3) * tall))
        cv2.rectangle(sheet, (int(x), int(y)), end, ink, -1)
    left = int(rng.integers(0, max(1, strip.width - wide)))
    top = int(np.clip((strip.widest + rng.uniform(-0.5, 0.5)) * unit - tall / 2, 0, strip.height - 1))
    place = np.s_[top : top + tall, left : left + wide]
    height, width = colour[place].shape[:2]
    colour[place], pattern[place] = sheet[:height, :width], 1


def _paint_lines(rng: np.random.Generator, strip: Strip, colour: Picture) -> None:
    """Thin lines all around, by which a factory tells its tyres apart."""
    for _ in range(int(rng.integers(1, 5))):
        row = int((strip.widest + rng.uniform(-0.8, 0.8)) * strip.rows_per_unit)
        colour[row : row + max(1, int(strip.rows_per_unit * 0.03))] = vivid(rng)


def _dirty(rng: np.random.Generator, colour: Picture, pattern: Field, uneven: Field) -> Picture:
    hue = np.array([1.0, rng.uniform(0.82, 1.0), rng.uniform(0.6, 1.0)], np.float32)
    dirt = hue * np.float32(rng.uniform(0.2, 0.65))
    in_grooves = 1 - pattern if rng.random() < 0.5 else pattern
    cover = in_grooves * patches(uneven, rng.uniform(0.1, 1.0), 0.3) * np.float32(rng.uniform(0.05, 0.75))
    return laid_over(colour, np.broadcast_to(dirt, colour.shape), cover)


def darken_grooves(rubber: Rubber, strength: float) -> None:
    """Little light reaches the floor of a deep groove."""
    shade = 1 - strength * (1 - rubber.pattern) * np.minimum(rubber.depth * 1.15, 1) * rubber.on_tread
    rubber.colour *= thrice(shade)
