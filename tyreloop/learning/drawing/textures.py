"""Grounds and walls: what tyres stand on, and what is photographed instead of tyres."""

from collections.abc import Callable

import cv2
import numpy as np

from tyreloop.learning.drawing.arrays import Picture, as_field, grid, tinted
from tyreloop.learning.drawing.noise import cloudy_noise, grain, smooth_noise

Texture = Callable[[np.random.Generator, int, int], Picture]


def hue(rng: np.random.Generator, low: float = 0.1, high: float = 0.9, spread: float = 0.15) -> Picture:
    """One colour: a light level with a tint."""
    return as_field(np.clip(rng.uniform(low, high) * (1 + rng.normal(0, spread, 3)), 0, 1))


def vivid(rng: np.random.Generator) -> Picture:
    """One colour of any hue and strength."""
    return np.asarray(_muted(rng, rng.random(3) ** rng.uniform(0.5, 2)), dtype=np.float32)


def _muted(rng: np.random.Generator, colour: Picture) -> Picture:
    """Most of the world is greyer than a random colour."""
    return as_field(colour.mean() + (colour - colour.mean()) * rng.random())


def concrete(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Even stone or a painted wall, stained."""
    stains = cloudy_noise(rng, height, width, height * rng.uniform(0.1, 0.6))
    tone = 1 + rng.uniform(0.05, 0.6) * (stains - 0.5) + 0.04 * grain(rng, height, width)
    return tinted(as_field(tone), hue(rng, 0.2, 0.85, 0.08))


def asphalt(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Crumbs of grey in grey."""
    crumbs = grain(rng, height, width, rng.uniform(0.3, 2.0)) * np.float32(rng.uniform(0.06, 0.25))
    stains = cloudy_noise(rng, height, width, height * 0.4) * np.float32(0.4)
    return tinted(0.8 + crumbs + stains, hue(rng, 0.15, 0.55, 0.05))


def gravel(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Pebbles beside pebbles."""
    size = max(2, int(height * rng.uniform(0.012, 0.05)))
    seeds = grain(rng, height, width, size * 0.5)
    bumps = as_field(np.clip(seeds, -1.2, 1.4))
    light = as_field(cv2.Sobel(bumps, cv2.CV_32F, 1, 1, ksize=3))
    tone = 0.75 + 0.22 * bumps + 0.3 * light
    return tinted(as_field(tone), hue(rng, 0.3, 0.7, 0.1))


def grass(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Blades over soil."""
    ground = np.array([rng.uniform(0.15, 0.5), rng.uniform(0.25, 0.5), rng.uniform(0.05, 0.2)], np.float32)
    picture = tinted(cloudy_noise(rng, height, width, height / 5), ground * 1.3)
    blades = rng.random((220, 5))
    for x, y, turn, tall, light in blades:
        end = (int(x * width + (turn - 0.5) * height * 0.1), int(y * height - tall * height * 0.1))
        colour = [float(value) for value in ground * (0.5 + 1.3 * light)]
        cv2.line(picture, (int(x * width), int(y * height)), end, colour, 1, cv2.LINE_AA)
    return picture


def bricks(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Bricks, paving stones or tiles with joints."""
    tall, wide = height * rng.uniform(0.08, 0.3), width * rng.uniform(0.1, 0.4)
    rows, columns = int(height / tall) + 2, int(width / wide) + 2
    tones = (
        (0.8 + 0.4 * rng.random((rows, columns), dtype=np.float32))
        if rng.random() < 0.8
        else np.ones((rows, columns), np.float32)
    )
    shift = rng.choice([0.0, 0.5])
    y, x = np.mgrid[:height, :width].astype(np.float32)
    row = (y / tall).astype(np.int32)
    across = x / wide + shift * (row % 2)
    column = np.minimum(across.astype(np.int32), columns - 1)
    gap = rng.uniform(0.02, 0.08)
    joint = ((y / tall - row) < gap * wide / tall) | ((across - column) < gap)
    tone = tones[row, column] + 0.15 * (cloudy_noise(rng, height, width, tall) - 0.5)
    picture = tinted(as_field(tone), vivid(rng) * 0.7 if rng.random() < 0.3 else hue(rng, 0.3, 0.8, 0.2))
    picture[joint] = hue(rng, 0.1, 0.9, 0.05)
    return picture


def planks(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Wood, or anything with long stripes."""
    lines = cv2.resize(
        rng.random((int(rng.integers(20, 90)), 5), dtype=np.float32),
        (width, height),
        interpolation=cv2.INTER_CUBIC,
    )
    colour = np.array([0.7, rng.uniform(0.4, 0.7), rng.uniform(0.2, 0.65)], np.float32) * np.float32(
        rng.uniform(0.4, 1.2)
    )
    picture = tinted(0.65 + 0.5 * (as_field(lines) - 0.5), colour)
    for y in np.arange(rng.uniform(0, 40), height, max(8.0, height * rng.uniform(0.1, 0.4))):
        cv2.line(picture, (0, int(y)), (width, int(y)), (0.08, 0.06, 0.05), max(1, height // 120))
    return as_field(picture if rng.random() < 0.5 else np.ascontiguousarray(picture[::-1, ::-1]))


def soil(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Earth, sand or snow."""
    bumps = cloudy_noise(rng, height, width, height * rng.uniform(0.05, 0.3))
    colour = np.array([0.7, rng.uniform(0.5, 0.68), rng.uniform(0.3, 0.66)], np.float32) * np.float32(
        rng.uniform(0.4, 1.35)
    )
    return tinted(0.55 + 0.9 * (bumps - 0.3), colour)


def weave(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Cloth, carpet, wire mesh."""
    y, x = grid(height, width)
    period = height * rng.uniform(0.012, 0.06)
    wander = 2 * smooth_noise(rng, height, width, height / 3)
    pattern = np.sin(x * 2 * np.pi / period + wander) * np.sin(
        y * 2 * np.pi / period / rng.uniform(0.7, 1.4) + wander
    )
    tone = 0.7 + rng.uniform(0.1, 0.35) * pattern
    return tinted(as_field(tone), (vivid(rng) if rng.random() < 0.6 else hue(rng)))


TEXTURES: tuple[Texture, ...] = (concrete, asphalt, asphalt, gravel, grass, bricks, planks, soil, weave)


def any_texture(rng: np.random.Generator, height: int, width: int) -> Picture:
    """One of them, drawn."""
    return TEXTURES[int(rng.integers(len(TEXTURES)))](rng, height, width)
