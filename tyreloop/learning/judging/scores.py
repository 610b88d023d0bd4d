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


def auc_interval(score: Numbers, positive: Flags) -> dict[str, float] | None:
    """The area with its 95 % interval (Hanley and McNeil); nothing where one kind is missing."""
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if not positives or not negatives:
        return None
    area = area_under_curve(score, positive)
    first, second = area / (2 - area), 2 * area * area / (1 + area)
    spread = area * (1 - area) + (positives - 1) * (first - area**2) + (negatives - 1) * (second - area**2)
    half = 1.96 * math.sqrt(max(0.0, spread) / (positives * negatives))
    return {
        "area": round(area, 4),
        "low": max(0.0, round(area - half, 4)),
        "high": min(1.0, round(area + half, 4)),
    }


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
