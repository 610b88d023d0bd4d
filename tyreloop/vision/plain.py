"""Any of Pillow's modes into plain 8-bit RGB, in strips so that memory stays small."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

STRIP_PIXELS = 1_000_000
SIXTEEN_BIT_MODES = {"I", "I;16", "I;16B", "I;16L", "I;16N"}
SEE_THROUGH_MODES = {"RGBA", "RGBa", "LA", "La", "PA"}
WHITE = (255, 255, 255)

Pixels = NDArray[np.uint8]


def to_plain(picture: Image.Image, *, shrink: int = 1) -> Image.Image:
    """The picture as RGB, each block of shrink x shrink pixels averaged; strip by strip, in little memory."""
    if picture.width * picture.height <= STRIP_PIXELS:
        return _reduced(to_rgb(picture), shrink)
    width, height = picture.size
    page = Image.new("RGB", (-(-width // shrink), -(-height // shrink)))
    rows = max(STRIP_PIXELS // width // shrink, 1) * shrink
    for top in range(0, height, rows):
        strip = picture.crop((0, top, width, min(top + rows, height)))
        page.paste(_reduced(to_rgb(strip), shrink), (0, top // shrink))
    return page


def _reduced(picture: Image.Image, shrink: int) -> Image.Image:
    return picture.reduce(shrink) if shrink > 1 else picture


def to_rgb(picture: Image.Image) -> Image.Image:
    """The picture as people see it on a white page."""
    if picture.mode in SIXTEEN_BIT_MODES:
        return _from_sixteen_bits(picture)
    if picture.mode == "RGB" and "transparency" not in picture.info:
        return picture
    if picture.mode in SEE_THROUGH_MODES or "transparency" in picture.info:
        return _on_white(picture.convert("RGBA"))
    return picture.convert("RGB")


def _from_sixteen_bits(picture: Image.Image) -> Image.Image:
    """Pillow's own conversion clips at 255, which turns such a photo white."""
    values = np.asarray(picture).astype(np.int64).clip(0, 65_535) // 257
    return Image.fromarray(values.astype(np.uint8)).convert("RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    page = Image.new("RGB", picture.size, WHITE)
    page.paste(picture, mask=picture.getchannel("A"))
    return page
