"""What reaches the store: the picture, and nothing else."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tests.vision.bundles import BRIGHT, jpeg_of
from tyreloop.vision.clean import KEPT_BYTES, without_metadata


def picture_of(size: tuple[int, int], seed: int = 1) -> Image.Image:
    grain = np.random.default_rng(seed).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    return Image.fromarray(grain)


def taken_by_alice(picture: Image.Image, kind: str, *, orientation: int) -> bytes:
    """As a camera writes it: where, who, a remark, and something after the end."""
    exif = Image.Exif()
    exif[0x010E] = "Alice's garage"
    exif[0x0112] = orientation
    exif.get_ifd(0x8825)[2] = (37.0, 33.0, 0.0)
    file = BytesIO()
    more = {"comment": b"Alice was here", "xmp": b"<x>Alice</x>"} if kind == "JPEG" else {}
    picture.save(file, kind, exif=exif, **more)
    return file.getvalue() + b"Alice's trailing bytes"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_kept_photo_carries_nothing_but_its_picture(kind: str, orientation: int) -> None:
    kept = without_metadata(taken_by_alice(picture_of((400, 100)), kind, orientation=orientation))

    assert b"Alice" not in kept
    with Image.open(BytesIO(kept)) as seen:
        assert seen.format == "JPEG"
        assert seen.size == ((400, 100) if orientation == 1 else (100, 400))
        assert not seen.getexif()
        assert not {"comment", "exif", "xmp"} & seen.info.keys()


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_rows": 1}]
)
def test_an_upright_jpeg_keeps_its_very_pixels(options: dict[str, int]) -> None:
    file = BytesIO()
    picture_of((320, 240)).save(file, "JPEG", comment=b"Alice", **options)

    kept = without_metadata(file.getvalue())

    assert len(kept) < len(file.getvalue())
    assert np.array_equal(np.asarray(Image.open(BytesIO(kept))), np.asarray(Image.open(file)))


def test_grey_stays_grey() -> None:
    file = BytesIO()
    picture_of((320, 240)).convert("L").save(file, "JPEG")

    assert Image.open(BytesIO(without_metadata(file.getvalue()))).mode == "L"


def test_a_large_photo_is_kept_smaller() -> None:
    file = BytesIO()
    picture_of((4800, 2400)).save(file, "JPEG", quality=98)
    assert len(file.getvalue()) > KEPT_BYTES

    assert Image.open(BytesIO(without_metadata(file.getvalue()))).size == (1600, 800)


def test_a_second_picture_in_the_file_is_left_out() -> None:
    first = jpeg_of(BRIGHT)

    assert len(without_metadata(first + jpeg_of(10))) <= len(first)
