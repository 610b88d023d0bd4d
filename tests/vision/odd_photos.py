"""One tyre in every form in which phones, browsers and programs send it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image

SIZE = (480, 360)


def tyre() -> Image.Image:
    """A dark ring on light ground, with grain and a bright corner: no turn of it looks like another."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    far = np.hypot((x - 250) / 150, (y - 180) / 150)
    grey = np.where((far > 0.5) & (far < 1), 60.0, 190.0) + 30 * ((x < 100) & (y < 80))
    grain = np.random.default_rng(3).normal(0, 3, grey.shape)
    pixels = np.stack([grey + grain + 4, grey + grain, grey + grain - 4], axis=2)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def heic(picture: Image.Image, quality: int = 90) -> bytes:
    file = BytesIO()
    pillow_heif.from_pillow(picture).save(file, quality=quality)
    return file.getvalue()


def turned(picture: Image.Image, orientation: int, kind: str = "JPEG") -> bytes:
    """As a camera held otherwise stores it, with the tag that says so."""
    away = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = picture.transpose(away[orientation]) if orientation in away else picture
    exif = Image.Exif()
    exif[0x0112] = orientation
    options: dict[str, Any] = {"lossless": True} if kind == "WEBP" else {}
    return saved(stored, kind, exif=exif, **({"quality": 95} if kind == "JPEG" else options))


def sixteen_bit_grey(picture: Image.Image) -> bytes:
    grey = np.asarray(picture.convert("L")).astype(np.uint16) * 257
    return saved(Image.fromarray(grey), "PNG")


def with_clear_corner(picture: Image.Image) -> bytes:
    """Opaque all over, in a format that could be clear."""
    return saved(picture.convert("RGBA"), "PNG")


def same_tyre() -> dict[str, tuple[bytes, float]]:
    """Each form, and by how much its answer may differ."""
    plain = tyre()
    other = Image.new("RGB", SIZE, "red")
    forms = {
        "PNG": (saved(plain, "PNG"), 0.02),
        "JPEG": (saved(plain, "JPEG", quality=92), 0.02),
        "JPEG 4:4:4": (saved(plain, "JPEG", quality=92, subsampling=0), 0.02),
        "progressive JPEG": (saved(plain, "JPEG", quality=92, progressive=True), 0.02),
        "JPEG with restarts": (saved(plain, "JPEG", quality=92, restart_marker_rows=1), 0.02),
        "MPO": (saved(plain, "MPO", save_all=True, append_images=[other], quality=92), 0.02),
        "CMYK JPEG": (saved(plain.convert("CMYK"), "JPEG", quality=95), 0.05),
        "palette PNG": (saved(plain.quantize(256), "PNG"), 0.05),
        "RGBA PNG": (with_clear_corner(plain), 0.02),
        "grey JPEG": (saved(plain.convert("L"), "JPEG", quality=92), 0.02),
        "grey PNG": (saved(plain.convert("L"), "PNG"), 0.02),
        "grey with alpha PNG": (saved(plain.convert("LA"), "PNG"), 0.02),
        "16-bit grey PNG": (sixteen_bit_grey(plain), 0.02),
        "interlaced look-alike": (saved(plain, "PNG", compress_level=0), 0.02),
        "APNG": (saved(plain, "PNG", save_all=True, append_images=[other]), 0.02),
        "lossless WebP": (saved(plain, "WEBP", lossless=True), 0.02),
        "lossy WebP": (saved(plain, "WEBP", quality=80), 0.05),
        "animated WebP": (saved(plain, "WEBP", save_all=True, append_images=[other], lossless=True), 0.02),
        "WebP with alpha": (saved(plain.convert("RGBA"), "WEBP", lossless=True), 0.02),
        "AVIF": (saved(plain, "AVIF", quality=90, speed=10), 0.02),
        "HEIC": (heic(plain), 0.02),
        "larger JPEG": (saved(plain.resize((1920, 1440)), "JPEG", quality=92), 0.02),
        "larger PNG": (saved(plain.resize((1920, 1440)), "PNG", compress_level=1), 0.02),
    }
    for orientation in range(1, 9):
        forms[f"JPEG held {orientation}"] = (turned(plain, orientation), 0.02)
    for orientation in (3, 6, 8):
        forms[f"PNG held {orientation}"] = (turned(plain, orientation, "PNG"), 0.02)
        forms[f"WebP held {orientation}"] = (turned(plain, orientation, "WEBP"), 0.02)
    return forms
