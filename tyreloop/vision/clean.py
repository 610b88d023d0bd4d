"""A photo for the store: upright, of bounded size, with nothing that a camera writes beside the picture."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from tyreloop.vision.decode import decode_picture

KEPT_SIDE = 1600  # pixels of the longer side: enough to review and to learn from
QUALITY = 90


def without_metadata(data: bytes) -> bytes:
    """The photo as a plain JPEG: no EXIF, no place, no remarks, no trailing bytes."""
    picture = decode_picture(data, at_least=KEPT_SIDE, side="long")
    picture.thumbnail((KEPT_SIDE, KEPT_SIDE), Image.Resampling.BILINEAR)
    kept = BytesIO()
    picture.save(kept, "JPEG", quality=QUALITY)
    return kept.getvalue()
