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


def difference_interval(hits: int, count: int, hits_before: int, count_before: int) -> tuple[float, float]:
    """Between which bounds the difference of two shares lies: Newcombe's, made of two Wilson intervals."""
    now, before = hits / count, hits_before / count_before
    low, high = wilson_interval(hits, count)
    low_before, high_before = wilson_interval(hits_before, count_before)
    difference = now - before
    down = sqrt((now - low) ** 2 + (high_before - before) ** 2)
    up = sqrt((high - now) ** 2 + (before - low_before) ** 2)
    return difference - down, difference + up
