"""The array types that drawings are made of."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating[Any]]
"""Height x width: a noise, a height, a mask with values from 0 to 1."""

Picture = NDArray[np.floating[Any]]
"""Height x width x 3: RGB light, 0 to 1, before the camera makes bytes of it."""

Pixels = NDArray[np.uint8]
"""Height x width x 3: RGB bytes, as a photo has them."""

Mask = NDArray[np.uint8]
"""Height x width: what OpenCV paints into, 0 to 255."""

Points = NDArray[np.floating[Any]]
"""N x 2 or H x W x 3 coordinates."""


def as_field(values: Any) -> Field:
    """OpenCV promises any array; drawings hold 32-bit floats."""
    return np.asarray(values, dtype=np.float32)


def grid(height: int, width: int) -> tuple[Field, Field]:
    """Row and column numbers that broadcast to height x width, as 32-bit floats."""
    return np.arange(height, dtype=np.float32)[:, None], np.arange(width, dtype=np.float32)[None, :]


def thrice(field: Field) -> Picture:
    """A field as a grey picture; multiplying by it is five times faster than by `field[..., None]`."""
    return np.asarray(cv2.merge([field, field, field]), dtype=np.float32)


def tinted(field: Field, colour: Picture) -> Picture:
    """A field in one colour."""
    return np.asarray(cv2.merge([field * np.float32(level) for level in colour]), dtype=np.float32)


def laid_over(below: Picture, above: Picture, cover: Field) -> Picture:
    """`above` over `below` where `cover` is 1, mixed where it is between."""
    return below + (above - below) * thrice(cover)
