"""How dark, how blurred, how small: measured on the pixels; the limits stand in the bundle's card."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tyreloop.domain.photos import UnusableReason
from tyreloop.vision.card import QualityLimits
from tyreloop.vision.decode import Pixels

MEASURED_SIDE = 256  # pixels of the longer side, so that a photo's size changes nothing


@dataclass(frozen=True, slots=True)
class Quality:
    """What can be said of a photo without any model."""

    mean_luma: float  # 0 black .. 255 white
    sharpness: float  # spread of the second differences, in luma steps
    short_side: int  # pixels


def measure(pixels: Pixels) -> Quality:
    """Luma and sharpness at a fixed size, and the shorter side."""
    return measure_picture(Image.fromarray(pixels))


def measure_picture(picture: Image.Image) -> Quality:
    """The same for a picture."""
    luma = _small_luma(picture)
    centre = luma[1:-1, 1:-1]
    edges = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:] - 4 * centre
    sharpness = float(edges.std()) if edges.size else 0.0
    return Quality(float(luma.mean()), sharpness, min(picture.size))


def reason_against(quality: Quality, limits: QualityLimits) -> UnusableReason | None:
    """The first reason why a photo of this quality is not judged."""
    if quality.short_side < limits.min_side:
        return UnusableReason.TOO_SMALL
    if quality.mean_luma < limits.dark_below:
        return UnusableReason.TOO_DARK
    if quality.sharpness < limits.blur_below:
        return UnusableReason.TOO_BLURRED
    return None


def _small_luma(picture: Image.Image) -> NDArray[np.int16]:
    scale = min(MEASURED_SIDE / max(picture.size), 1.0)
    size = max(round(picture.width * scale), 1), max(round(picture.height * scale), 1)
    green = picture.getchannel("G")  # most of the luma, for a third of the work
    small = green.resize(size, Image.Resampling.BILINEAR, reducing_gap=1.0)
    return np.asarray(small, dtype=np.int16)
