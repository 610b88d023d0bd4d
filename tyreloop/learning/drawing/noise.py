"""Random fields: the dirt, stains, grain and unevenness of everything drawn."""

from functools import cache

import cv2
import numpy as np

from tyreloop.learning.drawing.arrays import Field, as_field

_TILE = 1024
_CLOUD = 64


def smooth_noise(rng: np.random.Generator, height: int, width: int, cell: float) -> Field:
    """Soft blobs about `cell` pixels wide, from 0 to 1."""
    rows, columns = max(2, int(height / cell) + 2), max(2, int(width / cell) + 2)
    coarse = rng.random((rows, columns), dtype=np.float32)
    large = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return as_field(np.clip(large, 0.0, 1.0))


@cache
def _cloud_tile() -> Field:
    """Blobs of every size up to a sixteenth of the tile."""
    rng, total = np.random.default_rng(1), np.zeros((_TILE, _TILE), np.float32)
    for octave in range(6):
        total += np.float32(0.62**octave) * smooth_noise(rng, _TILE, _TILE, _CLOUD / 2**octave)
    return as_field((total - total.min()) / (total.max() - total.min()))


def cloudy_noise(rng: np.random.Generator, height: int, width: int, largest: float) -> Field:
    """Blobs of every size from `largest` pixels down, from 0 to 1 with a mean near one half.

    Cut from one large tile and scaled: the cost of one resize instead of one for each size.
    """
    zoom = _CLOUD / max(largest, 4.0)
    rows, columns = (int(min(_TILE, max(8, side * zoom))) for side in (height, width))
    top, left = int(rng.integers(_TILE - rows + 1)), int(rng.integers(_TILE - columns + 1))
    piece = _cloud_tile()[top : top + rows, left : left + columns]
    if rng.random() < 0.5:
        piece = piece[::-1]
    return as_field(cv2.resize(piece, (width, height), interpolation=cv2.INTER_LINEAR))


@cache
def _grain_tile() -> Field:
    return np.random.default_rng(0).standard_normal((_TILE, _TILE), dtype=np.float32)


def grain(rng: np.random.Generator, height: int, width: int, softness: float = 0.0) -> Field:
    """Fine grain around zero; `softness` is the blur in pixels that turns dots into crumbs.

    Cut from one large tile at a random place: ten times cheaper than fresh random numbers.
    """
    if height > _TILE or width > _TILE:
        dots = rng.standard_normal((height, width), dtype=np.float32)
    else:
        top, left = int(rng.integers(_TILE - height + 1)), int(rng.integers(_TILE - width + 1))
        dots = _grain_tile()[top : top + height, left : left + width] * np.float32(rng.choice([-1, 1]))
    if softness > 0.3:
        dots = as_field(cv2.GaussianBlur(dots, (0, 0), softness)) * np.float32(1 + 2 * softness)
    return dots


def patches(field: Field, share: float, softness: float = 0.08) -> Field:
    """The highest `share` of a noise as patches with soft edges, from 0 to 1."""
    limit = float(np.quantile(field[::3, ::3], 1 - share))
    return as_field(np.clip((field - limit) / softness + 0.5, 0.0, 1.0))
