"""Figures about answers, with intervals where they rest on counts."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]


def area_under_curve(score: Numbers, positive: Flags) -> float:
    """The chance that a random positive scores above a random negative; 0.5 where one kind is missing."""
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if not positives or not negatives:
        return 0.5
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    rank = (last - (counts - 1) / 2)[inverse]
    return float((rank[positive].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share; honest for few photos and for shares near 0 and 1."""
    if count == 0:
        return 0.0, 1.0
    share = hits / count
    centre = share + z * z / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def calibration_error(probability: Numbers, correct: Flags, bins: int = 15) -> float:
    """Expected calibration error: how far what a model claims lies from how often it is right."""
    edges = np.clip((probability * bins).astype(int), 0, bins - 1)
    error = 0.0
    for place in range(bins):
        inside = edges == place
        if inside.any():
            gap = abs(float(probability[inside].mean()) - float(correct[inside].mean()))
            error += gap * float(inside.mean())
    return error


def mcnemar(fixed: int, broke: int) -> float:
    """The exact two-sided chance of such a difference between two equally good models."""
    count = fixed + broke
    if count == 0:
        return 1.0
    tail = sum(math.comb(count, k) for k in range(min(fixed, broke) + 1))
    return min(1.0, 2.0 * tail / float(2**count))
