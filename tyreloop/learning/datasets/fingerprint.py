"""What a photo looks like in 64 bits: near-duplicates differ in a few of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

NEAR = 6
"""Photos whose fingerprints differ in no more bits than this are taken for the same picture."""

_SIDE = 32
_KEPT = 8


def fingerprint(pixels: NDArray[np.uint8]) -> int:
    """The signs of the lowest frequencies of the grey picture."""
    grey = Image.fromarray(pixels).convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    waves = _cosines() @ np.asarray(grey, np.float64) @ _cosines().T
    low = waves.ravel()[1:]
    bits = np.concatenate([[waves.mean() > 0], low > np.median(low)])
    return int("".join("1" if bit else "0" for bit in bits), 2)


def _cosines() -> NDArray[np.float64]:
    places = (np.arange(_SIDE) + 0.5) * np.pi / _SIDE
    return np.cos(np.arange(_KEPT)[:, None] * places)


def near_groups(fingerprints: Sequence[int]) -> list[int]:
    """For each photo the place of the first one that it resembles, directly or through others."""
    marks = np.array(fingerprints, np.uint64)
    first = list(range(len(marks)))
    for place in range(len(marks)):
        for other in np.flatnonzero(np.bitwise_count(marks[:place] ^ marks[place]) <= NEAR):
            _join(first, int(other), place)
    return [_root(first, place) for place in range(len(marks))]


def _root(first: list[int], place: int) -> int:
    while first[place] != place:
        place = first[place]
    return place


def _join(first: list[int], one: int, other: int) -> None:
    low, high = sorted((_root(first, one), _root(first, other)))
    first[high] = low
