"""The one preprocessing: training and serving prepare a photo in the same way."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tyreloop.vision.card import InputSpec
from tyreloop.vision.decode import DEFAULT_LIMITS, DecodeLimits, Pixels, Side, decode_picture

PADDING = 114  # the grey beside a letterboxed photo
OVERSIZE = 2  # shrinking while decoding stops at twice the target: less moves the logits


def decode_for(data: bytes, spec: InputSpec, *, limits: DecodeLimits = DEFAULT_LIMITS) -> Image.Image:
    """Decode no more of a photo than this input needs."""
    at_least = OVERSIZE * max(spec.height, spec.width)
    side: Side = "long" if spec.fit == "letterbox" else "short"
    return decode_picture(data, at_least=at_least, side=side, limits=limits)


def prepare(pixels: Pixels, spec: InputSpec) -> Pixels:
    """Upright pixels of any size into exactly what the graph takes."""
    return prepare_picture(Image.fromarray(pixels), spec)


def prepare_picture(picture: Image.Image, spec: InputSpec) -> Pixels:
    """The same for a picture."""
    if spec.fit == "letterbox":
        return _letterboxed(picture, spec)
    box = _middle(picture.size, spec) if spec.fit == "crop" else None
    return np.asarray(picture.resize((spec.width, spec.height), Image.Resampling.BILINEAR, box=box))


def content_box(size: tuple[int, int], spec: InputSpec) -> tuple[int, int, int, int]:
    """Where a letterboxed photo of (width, height) lies on the input: left, top, right, bottom."""
    scale = min(spec.width / size[0], spec.height / size[1])
    width, height = max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)
    left, top = (spec.width - width) // 2, (spec.height - height) // 2
    return left, top, left + width, top + height


def _letterboxed(picture: Image.Image, spec: InputSpec) -> Pixels:
    left, top, right, bottom = content_box(picture.size, spec)
    page = np.full((spec.height, spec.width, 3), PADDING, np.uint8)
    small = picture.resize((right - left, bottom - top), Image.Resampling.BILINEAR)
    page[top:bottom, left:right] = np.asarray(small)
    return page


def _middle(size: tuple[int, int], spec: InputSpec) -> tuple[float, float, float, float]:
    """The largest part around the centre with the input's proportions."""
    scale = min(size[0] / spec.width, size[1] / spec.height)
    width, height = spec.width * scale, spec.height * scale
    left, top = (size[0] - width) / 2, (size[1] - height) / 2
    return left, top, left + width, top + height
