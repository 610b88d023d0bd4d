"""What a photo looks like, in 64 bits: photos that look alike differ in few of them."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from PIL import Image

from tyreloop.domain.datasets import MAX_BITS_APART

ACROSS, DOWN = 9, 8


def fingerprint_of(jpeg: bytes) -> int:
    """Whether it gets lighter from each cell of a coarse grid to the next; signed, as Postgres keeps it."""
    with Image.open(BytesIO(jpeg), formats=["JPEG"]) as picture:
        picture.draft("L", (ACROSS * 8, DOWN * 8))
        grey = picture.convert("L").resize((ACROSS, DOWN), Image.Resampling.BOX)
    cells = np.asarray(grey, np.int16)
    bits = (cells[:, 1:] > cells[:, :-1]).flatten()
    number = int.from_bytes(np.packbits(bits).tobytes(), "big")
    return number - 2**64 if number >= 2**63 else number


def near_groups(fingerprints: Sequence[int]) -> list[int]:
    """For each photo the place of the first one that it resembles, directly or through others."""
    marks = np.array([mark % 2**64 for mark in fingerprints], np.uint64)
    first = list(range(len(marks)))
    for place in range(len(marks)):
        for other in np.flatnonzero(np.bitwise_count(marks[:place] ^ marks[place]) <= MAX_BITS_APART):
            _join(first, int(other), place)
    return [_root(first, place) for place in range(len(marks))]


def _root(first: list[int], place: int) -> int:
    while first[place] != place:
        place = first[place]
    return place


def _join(first: list[int], one: int, other: int) -> None:
    low, high = sorted((_root(first, one), _root(first, other)))
    first[high] = low
