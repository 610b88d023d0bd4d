"""Photos that look alike have fingerprints that differ in few bits."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

from tyreloop.vision.fingerprint import fingerprint_of


def a_picture(seed: int) -> Image.Image:
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), np.uint8)
    return Image.fromarray(coarse).resize((640, 480), Image.Resampling.BICUBIC)


def jpeg(picture: Image.Image, quality: int = 90) -> bytes:
    kept = BytesIO()
    picture.save(kept, "JPEG", quality=quality)
    return kept.getvalue()


def bits_apart(one: bytes, other: bytes) -> int:
    return ((fingerprint_of(one) ^ fingerprint_of(other)) & (2**64 - 1)).bit_count()


def test_a_copy_in_another_size_and_quality_looks_alike() -> None:
    for seed in range(20):
        picture = a_picture(seed)
        assert bits_apart(jpeg(picture), jpeg(picture.resize((200, 150)), 40)) <= 4


def test_other_photos_do_not() -> None:
    photos = [jpeg(a_picture(seed)) for seed in range(20)]
    apart = [bits_apart(one, other) for place, one in enumerate(photos) for other in photos[:place]]
    assert min(apart) > 6


def test_it_fits_into_a_bigint() -> None:
    assert all(-(2**63) <= fingerprint_of(jpeg(a_picture(seed))) < 2**63 for seed in range(40))
