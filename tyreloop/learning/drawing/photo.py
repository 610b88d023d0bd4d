"""One drawn photo of any kind: what `synth` writes and what the demo model learns from."""

from dataclasses import dataclass

import cv2
import numpy as np

from tyreloop.learning.drawing.arrays import Field, Picture, Pixels, as_field
from tyreloop.learning.drawing.camera import develop
from tyreloop.learning.drawing.captions import add_caption, add_hand, add_mark
from tyreloop.learning.drawing.non_tyres import draw_non_tyre
from tyreloop.learning.drawing.tyres import DrawnTyre, draw_tyre

SHARES = {
    "good": 0.36,
    "defective": 0.36,
    "not_a_tyre": 0.16,
    "too_dark": 0.04,
    "blurred": 0.04,
    "too_small": 0.04,
}
"""How many photos of a set are of each kind."""

SMALLEST_SIDE = 80
"""Photos with a shorter side are refused as too small."""

MOST_HIDDEN = 0.1
"""A hand may reach into the damage, not hide it."""


@dataclass(frozen=True, slots=True)
class DrawnPhoto:
    """A photo with everything that is known about it."""

    index: int
    kind: str
    pixels: Pixels
    mask: Field | None
    view: str
    defect: str
    severity: float


def kind_of(index: int) -> str:
    """The kind of a set's photo: kinds are spread evenly, so any part of a set holds them all."""
    place = (index * 0.6180339887498949) % 1.0
    for kind, share in SHARES.items():
        if place < share:
            return kind
        place -= share
    return "good"


def draw_photo(seed: int, index: int, size: int, kind: str) -> DrawnPhoto:
    """The same seed, index, size and kind give the same photo on every machine."""
    rng = np.random.default_rng([seed, index])
    if kind == "not_a_tyre":
        name, light = draw_non_tyre(rng, size)
        return DrawnPhoto(index, kind, develop(rng, _added(rng, light)), None, name, "", 0.0)
    side = int(rng.integers(32, SMALLEST_SIDE)) // 4 * 4 if kind == "too_small" else size
    defective = kind == "defective" or (kind != "good" and rng.random() < 0.5)
    tyre = draw_tyre(rng, side, defective=defective)
    seen = _added(rng, tyre.light, tyre.mask if defective else None)
    pixels = _spoiled(rng, develop(rng, seen), kind)
    return DrawnPhoto(index, kind, pixels, _mask(tyre, kind), tyre.view, tyre.defect, tyre.severity)


def _mask(tyre: DrawnTyre, kind: str) -> Field | None:
    return tyre.mask if kind == "defective" else None


def _added(rng: np.random.Generator, light: Picture, damage: Field | None = None) -> Picture:
    """Words, marks and hands: they come with good and defective tyres and with non-tyres alike."""
    bare = light
    for chance, add in ((0.07, add_caption), (0.04, add_mark), (0.05, add_hand)):
        if rng.random() < chance:
            light = add(rng, bare.copy() if light is bare else light)
    return bare if damage is not None and _hidden(damage, bare, light) > MOST_HIDDEN else light


def _hidden(damage: Field, bare: Picture, covered: Picture) -> float:
    """How much of the damage was covered."""
    if covered is bare:
        return 0.0
    return float(np.any(bare != covered, axis=2)[damage > 0.5].mean())


def _spoiled(rng: np.random.Generator, pixels: Pixels, kind: str) -> Pixels:
    if kind == "too_dark":
        return _darkened(rng, pixels)
    return _smeared(rng, pixels) if kind == "blurred" else pixels


def _darkened(rng: np.random.Generator, pixels: Pixels) -> Pixels:
    gain = rng.uniform(3, 15) / max(1.0, float(pixels.mean()))
    noise = rng.normal(0, rng.uniform(0.5, 2.5), pixels.shape)
    return np.asarray(np.clip(pixels * gain + noise, 0, 255), np.uint8)


def _smeared(rng: np.random.Generator, pixels: Pixels) -> Pixels:
    """Out of focus, or the hand moved."""
    size = pixels.shape[0]
    if rng.random() < 0.6:
        return np.asarray(cv2.GaussianBlur(pixels, (0, 0), size * rng.uniform(0.028, 0.06)), np.uint8)
    length = max(5, int(size * rng.uniform(0.16, 0.3)))
    turned = cv2.getRotationMatrix2D((length / 2, length / 2), rng.uniform(0, 180), 1.0)
    line = np.zeros((length, length), np.float32)
    line[length // 2] = 1
    kernel = as_field(cv2.warpAffine(line, turned, (length, length)))
    moved = cv2.filter2D(pixels, -1, kernel / kernel.sum())
    return np.asarray(cv2.GaussianBlur(moved, (0, 0), size * 0.012), np.uint8)
