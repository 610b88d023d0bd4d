"""Sidewalls: rings, raised letters, ribs near the shoulder, as a relief and as paint on a strip."""

import cv2
import numpy as np

from tyreloop.learning.drawing.arrays import Field, Mask, as_field
from tyreloop.learning.drawing.tread import Strip

_WORDS = (
    "RADIAL",
    "TUBELESS",
    "195/65 R15",
    "205/55 R16",
    "MAX LOAD",
    "ALL SEASON",
    "M+S",
    "TOURING",
    "SPORT",
    "H/T",
    "ROTATION",
)


def draw_sidewall(rng: np.random.Generator, strip: Strip) -> tuple[Field, Field]:
    """The relief (0.5 is flat) and the paint (0 none to 1 white) of both sidewalls."""
    relief = np.full((strip.height, strip.width), 128, np.uint8)
    paint = np.zeros((strip.height, strip.width), np.uint8)
    for side in (-1, 1):
        _rings(rng, strip, relief, side)
        if rng.random() < 0.8:
            _letters(rng, strip, relief, paint, side)
        if rng.random() < 0.35:
            _shoulder_ribs(rng, strip, relief, side)
    soft = cv2.GaussianBlur(relief, (3, 3), 0)
    return as_field(soft) / np.float32(255), as_field(paint) / np.float32(255)


def _row(strip: Strip, across: float) -> int:
    return int((across + strip.widest) * strip.rows_per_unit)


def _rings(rng: np.random.Generator, strip: Strip, relief: Mask, side: int) -> None:
    for _ in range(int(rng.integers(2, 7))):
        row = _row(strip, side * rng.uniform(1.12, 1.97))
        tone = int(rng.choice([80, 100, 160, 180]))
        cv2.line(relief, (0, row), (strip.width, row), tone, int(rng.integers(1, 3)))


def _letters(rng: np.random.Generator, strip: Strip, relief: Mask, paint: Mask, side: int) -> None:
    band = rng.uniform(0.16, 0.36) * strip.rows_per_unit
    row = _row(strip, side * rng.uniform(1.45, 1.65))
    made_up = "".join(rng.choice(list("AEIOKLMNRSTVXYZ"), int(rng.integers(4, 9))))
    text = f"{made_up}   {_WORDS[int(rng.integers(len(_WORDS)))]}   "
    scale, thickness = band / 22, max(1, round(band / 9))
    width = max(8, cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thickness)[0][0])
    tag = np.zeros((int(band * 1.5) + 2, width), np.uint8)
    cv2.putText(tag, text, (0, int(band * 1.2)), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, thickness, cv2.LINE_AA)
    tag = tag[:, ::-1] if side < 0 else tag[::-1]  # read from outside, feet towards the rim
    white = rng.random() < 0.15
    start = -int(rng.integers(0, width))
    for left in range(start, strip.width, int(width * rng.uniform(1.0, 2.5))):
        _stamp(relief, tag, row - tag.shape[0] // 2, left, 90)
        if white:
            _stamp(paint, tag, row - tag.shape[0] // 2, left, 200)


def _stamp(target: Mask, tag: Mask, top: int, left: int, gain: int) -> None:
    """Add a tag's light to a picture, cut where it leaves the picture."""
    bottom, right = min(top + tag.shape[0], target.shape[0]), min(left + tag.shape[1], target.shape[1])
    first, start = max(top, 0), max(left, 0)
    if bottom <= first or right <= start:
        return
    piece = tag[first - top : bottom - top, start - left : right - left]
    place = target[first:bottom, start:right]
    place[:] = np.clip(place.astype(np.int16) + piece.astype(np.int16) * gain // 255, 0, 255)


def _shoulder_ribs(rng: np.random.Generator, strip: Strip, relief: Mask, side: int) -> None:
    top, bottom = sorted((_row(strip, side * 1.1), _row(strip, side * rng.uniform(1.2, 1.4))))
    step = max(3, int(rng.uniform(0.02, 0.09) / strip.radians_per_column))
    for column in range(int(rng.integers(step)), strip.width, step):
        cv2.line(relief, (column, top), (column, bottom), 175, max(1, step // 4), cv2.LINE_AA)
