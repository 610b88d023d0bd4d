"""How sure a share is that was counted on a few."""

from __future__ import annotations

from math import sqrt

Z_95 = 1.96


def wilson_interval(hits: int, count: int) -> tuple[float, float]:
    """Between which shares the true one lies, 95 times in a hundred; honest for few, and near 0 and 1."""
    if count == 0:
        return 0.0, 1.0
    share, z2 = hits / count, Z_95**2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    reach = Z_95 * sqrt(share * (1 - share) / count + z2 / (4 * count**2)) / (1 + z2 / count)
    return max(0.0, middle - reach), min(1.0, middle + reach)
