"""A photo without its metadata: segments that tell where and by whom it was taken are left out."""

from __future__ import annotations

import re
from io import BytesIO

from PIL import Image

from tyreloop.domain.errors import UnreadablePhoto
from tyreloop.vision.decode import decode_picture, read_header, read_jpeg_frame

START, END, START_OF_SCAN = 0xD8, 0xD9, 0xDA
TABLES_AND_FRAMES = {0xC4, 0xCC, 0xDB, 0xDD, *range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC)}
JFIF, ADOBE = 0xE0, 0xEE
JFIF_HEADER = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
ADOBE_BYTES = 12  # the mark and how colours are stored; what follows belongs to nobody
MOST_SEGMENTS = 20_000
# Inside a scan, 0xFF is data when 0x00 follows and a restart when 0xD0 to 0xD7 does.
AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def stripped(data: bytes) -> bytes:
    """Only what a decoder needs: tables, frames, scans; and nothing after the picture's end."""
    kept = [b"\xff\xd8"]
    position = 2
    for _ in range(MOST_SEGMENTS):
        marker, position = _marker(data, position)
        if marker == END:
            return b"".join([*kept, b"\xff\xd9"])
        end = position + int.from_bytes(data[position : position + 2])
        kept.append(_segment(marker, data[position:end]))
        position = end
        if marker == START_OF_SCAN:
            position = _end_of_scan(data, end)
            kept.append(data[end:position])
    raise UnreadablePhoto("The JPEG has no end.")


def _marker(data: bytes, position: int) -> tuple[int, int]:
    while data[position : position + 2] == b"\xff\xff":
        position += 1
    if data[position : position + 1] != b"\xff" or position + 2 > len(data):
        raise UnreadablePhoto("The JPEG is broken between its segments.")
    return data[position + 1], position + 2


def _segment(marker: int, body: bytes) -> bytes:
    if marker in TABLES_AND_FRAMES or marker == START_OF_SCAN:
        return bytes((0xFF, marker)) + body
    if marker == JFIF and body[2:7] == b"JFIF\x00":
        return JFIF_HEADER
    if marker == ADOBE and body[2:7] == b"Adobe":
        return b"\xff\xee\x00\x0e" + body[2 : 2 + ADOBE_BYTES]
    return b""


def _end_of_scan(data: bytes, begin: int) -> int:
    found = AFTER_SCAN.search(data, begin)
    if found is None:
        raise UnreadablePhoto("The JPEG has no end.")
    return found.start()


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
