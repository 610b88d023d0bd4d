"""Photos as cameras make them, drawn here: small, medium, and a phone's."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageFilter

NUMBER = b"number 000000000000"  # a remark in each photo, for whoever wants no two alike
SIZES = {"small": (640, 480), "medium": (1600, 1200), "phone": (4032, 3024)}


def photo(size: tuple[int, int], seed: int, *, quality: int = 88) -> bytes:
    """Shapes of many sizes with a camera's grain."""
    width, height = size
    dice = np.random.default_rng(seed)
    page = np.zeros((height, width, 3), np.float32)
    for cells in (6, 24, 96):
        coarse = dice.integers(0, 256, (cells * 3 // 4, cells, 3), dtype=np.uint8)
        page += np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC), np.float32) / 3
    page += dice.normal(0, 5, (height, width, 1))
    picture = Image.fromarray(page.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.6))
    kept = BytesIO()
    picture.save(kept, "JPEG", quality=quality, comment=NUMBER)
    return kept.getvalue()


def photos(kind: str, count: int = 12) -> list[bytes]:
    """A few of one kind, always the same."""
    return [photo(SIZES[kind], seed) for seed in range(count)]
