"""The rubber laid flat: its heights, its colour and its faults, before it is bent into a tyre."""

from dataclasses import dataclass, replace

import numpy as np

from tyreloop.learning.drawing.arrays import Field, Picture, laid_over, thrice, tinted
from tyreloop.learning.drawing.noise import cloudy_noise, grain, patches
from tyreloop.learning.drawing.sidewall import draw_sidewall
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
