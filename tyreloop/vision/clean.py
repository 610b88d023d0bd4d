"""A photo for the store: upright, of bounded size, with nothing that a camera writes beside the picture."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from tyreloop.domain.errors import UnreadablePhoto
from tyreloop.vision.container import read_jpeg_frame
from tyreloop.vision.decode import decode_picture, read_header
from tyreloop.vision.strip import stripped

# A phone's photo stays as it came: what is fine at full size may be lost in a smaller one.
KEPT_BYTES = 6_000_000
# Pixels of the longer side of one that must be drawn again: enough to review and to learn from.
KEPT_SIDE = 1600
QUALITY = 90


def without_metadata(data: bytes) -> bytes:
    """The photo as a plain JPEG: no EXIF, no place, no remarks, no trailing bytes."""
    if _is_fine_as_it_is(data):
        try:
            return stripped(data)
        except UnreadablePhoto:
            pass  # decoders forgive more than we do: draw it again
    return _drawn_again(data)


def _is_fine_as_it_is(data: bytes) -> bool:
    """Upright, not large, and in colours that every viewer shows alike."""
    header = read_header(data)
    if len(data) > KEPT_BYTES or header.format not in ("JPEG", "MPO"):
        return False
    return header.orientation == 1 and read_jpeg_frame(data).components in (1, 3)


def _drawn_again(data: bytes) -> bytes:
    picture = decode_picture(data, at_least=KEPT_SIDE, side="long")
    picture.info = {}  # or Pillow writes the remarks it read back into the file
    picture.thumbnail((KEPT_SIDE, KEPT_SIDE), Image.Resampling.BILINEAR)
    kept = BytesIO()
    picture.save(kept, "JPEG", quality=QUALITY)
    return kept.getvalue()
