"""Worn and bald tread: the grooves fade, the rubber turns smooth, cords come through at last."""

import cv2
import numpy as np

from tyreloop.learning.drawing.arrays import Field, as_field, grid, laid_over, thrice, tinted
from tyreloop.learning.drawing.noise import cloudy_noise, grain, smooth_noise
from tyreloop.learning.drawing.rubber import Rubber


def worn(rng: np.random.Generator, rubber: Rubber, spot: tuple[float, float], severity: float) -> Field:
    """Wear over a band of the tread or over all of it; the mask is where little groove is left."""
    where = _band(rng, rubber, spot[1])
    left = np.float32((1 - severity) * 0.13)
    rubber.depth *= 1 - where * (1 - left)
    _polish(rng, rubber, where)
    return as_field((where > 0.6) & (np.abs(rubber.across) < 1.1))


def _band(rng: np.random.Generator, rubber: Rubber, at: float) -> Field:
    """All of the tread in most cases; else a shoulder, or the middle."""
    height, width = rubber.pattern.shape
    if rng.random() < 0.8:
        return np.clip((1.2 - np.abs(rubber.across)) / 0.08, 0, 1)
    centre = float(np.clip(at, -0.7, 0.7))
    reach = rng.uniform(0.55, 0.85)
    wobble = smooth_noise(rng, height, width, rubber.strip.rows_per_unit) - 0.5
    distance = np.abs(rubber.across - centre) + wobble * np.float32(0.2)
    return as_field(np.clip((reach - distance) / 0.12 + 0.5, 0, 1))


def _polish(rng: np.random.Generator, rubber: Rubber, where: Field) -> None:
    """Worn rubber: even, often lighter, with streaks along the way it rolled; thin grooves are gone."""
    height, width = rubber.pattern.shape
    fine = max(3, int(rubber.strip.rows_per_unit * 0.35))
    even = as_field(cv2.blur(rubber.colour, (fine, fine)))  # dust that lay along the blocks went with them
    rubber.colour += (even - rubber.colour) * thrice(where * np.float32(rng.uniform(0.7, 1)))
    if rng.random() < 0.7:
        wide = as_field(cv2.dilate(rubber.pattern, np.ones((3, 3), np.uint8)))
        rubber.pattern += (wide - rubber.pattern) * where
    streaks = cv2.resize(
        rng.random((height, 8), dtype=np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    tone = 1 + rng.uniform(0.0, 0.5) * (as_field(streaks) - 0.4) + rng.uniform(-0.05, 0.5)
    rubber.colour *= thrice(as_field(1 + where * (tone - 1)))
    scuffs = np.maximum(grain(rng, height, width, 0.8) - 1.1, 0) * np.float32(rng.uniform(0, 0.12))
    rubber.colour += thrice(scuffs * where)


def cords(rng: np.random.Generator, rubber: Rubber, spot: tuple[float, float], severity: float) -> Field:
    """A ragged patch where the threads of the carcass show."""
    height, width = rubber.pattern.shape
    column, row = _pixel(rubber, spot)
    size = rubber.strip.rows_per_unit * (0.42 + 0.34 * severity)
    rows, columns = grid(height, width)
    oval = np.hypot((columns - column) / (size * rng.uniform(1, 2)), (rows - row) / size)
    ragged = oval + (cloudy_noise(rng, height, width, size * 0.7) - 0.5) * np.float32(1.1)
    patch = as_field(np.clip((1 - ragged) / 0.12, 0, 1))
    angle, period = rng.uniform(0, np.pi), max(2.6, size * rng.uniform(0.1, 0.2))
    phase = (columns * np.cos(angle) + rows * np.sin(angle)) * (2 * np.pi / period)
    threads = as_field(0.5 + 0.5 * np.sin(phase + 4 * smooth_noise(rng, height, width, size)))
    light = (
        np.float32(rng.uniform(0.35, 0.75)) * (0.2 + 0.8 * threads) * (1 + 0.2 * grain(rng, height, width))
    )
    hue = np.array([1.0, rng.uniform(0.85, 1.0), rng.uniform(0.65, 1.0)], np.float32)
    rim = np.clip(1 - np.abs(ragged - 1) / 0.15, 0, 1) * np.float32(0.7)
    rubber.colour *= thrice(as_field(1 - rim))
    rubber.colour = laid_over(rubber.colour, tinted(light, hue), patch)
    rubber.pattern += (1 - rubber.pattern) * patch
    rubber.relief -= patch * np.float32(0.03)
    return patch


def _pixel(rubber: Rubber, spot: tuple[float, float]) -> tuple[float, float]:
    strip = rubber.strip
    return (spot[0] - strip.start) / strip.radians_per_column, (spot[1] + strip.widest) * strip.rows_per_unit
