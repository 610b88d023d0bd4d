"""A photo as the page shows it: small, upright, without anything but its picture."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from tyreloop.domain.errors import TyreloopError
from tyreloop.vision.decode import decode_picture

SIDE = 960
QUALITY = 82


def preview_of(data: bytes) -> bytes | None:
    """A small JPEG of a photo; None where it cannot be opened (the service then says why)."""
    try:
        picture = decode_picture(data, at_least=SIDE, side="long")
    except (TyreloopError, ImportError):
        return None
    picture.thumbnail((SIDE, SIDE), Image.Resampling.BILINEAR)
    drawn = BytesIO()
    picture.save(drawn, "JPEG", quality=QUALITY)
    return drawn.getvalue()
