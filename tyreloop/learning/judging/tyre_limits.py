"""The limit beyond which a photo shows no tyre."""

from __future__ import annotations

import numpy as np

from tyreloop.learning.judging.scores import Numbers
from tyreloop.vision.card import GaussianTyreCheck, LinearTyreCheck

LEAST_NON_TYRES = 30
"""With fewer than these no line can be drawn between tyres and the rest; what is known of tyres must do."""

DIRECTIONS = 24
"""Directions of the embedding that a Gaussian check keeps: its numbers stand in the card."""


def linear_check(
    weights: Numbers, bias: float, *, of_tyres: Numbers, of_others: Numbers, refused: float
) -> LinearTyreCheck:
    """The line that the network learned; at most `refused` of the tyres lie beyond its limit.

    What people photograph is stranger than any lesson, tyres and others alike: where the two lie apart, the
    limit stands a third of the way from the strangest of the tyres to the plainest of the others.
    """
    limit = float(np.quantile(of_tyres, 1 - refused))
    plainest = float(np.quantile(of_others, refused))
    limit += max(0.0, plainest - limit) / 3
    return LinearTyreCheck(weights=tuple(_short(weights)), bias=_rounded(bias), limit=_rounded(limit))


def gaussian_check(embeddings: Numbers, refused: float) -> GaussianTyreCheck:
    """How far from all known tyres: for datasets that hold no non-tyres."""
    mean = embeddings.mean(axis=0)
    centred = embeddings - mean
    _, spread, directions = np.linalg.svd(centred / np.sqrt(len(centred)), full_matrices=False)
    kept = min(DIRECTIONS, int((spread > 1e-4).sum()))
    whitening = directions[:kept] / spread[:kept, None]
    distance = np.linalg.norm(centred @ whitening.T, axis=1)
    return GaussianTyreCheck(
        mean=tuple(_short(mean)),
        whitening=tuple(tuple(_short(row)) for row in whitening),
        limit=_rounded(float(np.quantile(distance, 1 - refused))),
    )


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def _short(values: Numbers) -> list[float]:
    """Six digits are more than a float32 embedding can tell apart."""
    return [_rounded(float(value)) for value in values]
