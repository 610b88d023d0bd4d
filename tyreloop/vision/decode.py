"""Bytes to upright pixels: the container is read, bounded, and decoded at a reduced scale."""

from __future__ import annotations

import struct
import threading
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import AvifImagePlugin, ExifTags, Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from tyreloop.domain.errors import PhotoTooLarge, UnreadablePhoto

MAX_SEGMENTS = 1_000  # a phone's JPEG has about 30; a decoder walks each in Python
MAX_FILL_BYTES = 64
MAX_CHUNKS = 20_000  # 20 MB of PNG in the customary 8 KB pieces is 2,500
START_OF_SCAN = 0xDA
PROGRESSIVE_FRAMES = {0xC2, 0xC6, 0xCA, 0xCE}
FRAMES = {marker for marker in range(0xC0, 0xD0) if marker not in (0xC4, 0xC8, 0xCC)}


@dataclass(frozen=True, slots=True)
class JpegFrame:
    """What a JPEG says about itself before its first scan."""

    width: int
    height: int
    components: int
    scans: int  # 1: decoded as it is read

    @property
    def coefficient_bytes(self) -> int:
        """Memory for the whole picture's coefficients, which a file of several scans needs at any scale."""
        return self.width * self.height * self.components * 2 if self.scans > 1 else 0

    @property
    def scan_work(self) -> int:
        """Pixels that a decoder visits over all scans."""
        return self.width * self.height * self.scans


def formats_of(data: bytes) -> tuple[str, ...]:
    """Which of the formats we take the first bytes announce: one decoder is tried, never all of them."""
    if data.startswith(b"\xff\xd8\xff"):
        return ("JPEG",)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return ("PNG",)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return ("WEBP",)
    if data[4:8] == b"ftyp":
        return ("AVIF",) if data[8:12] in (b"avif", b"avis") else ("HEIF", "AVIF")
    return ()


def read_jpeg_frame(data: bytes) -> JpegFrame:
    """Walk the segments up to the first scan, a bounded number of them."""
    frame: tuple[int, int, int, bool] | None = None
    position = 2
    for _ in range(MAX_SEGMENTS):
        marker, position = _next_marker(data, position)
        if marker == START_OF_SCAN:
            return _frame_with_scans(frame, data, data[position + 2 : position + 3])
        length = int.from_bytes(data[position : position + 2])
        if length < 2:
            break
        if marker in FRAMES:
            frame = _frame(marker, data[position + 2 : position + 8])
        position += length
    raise UnreadablePhoto("The JPEG's header is broken or endless.")


def _next_marker(data: bytes, position: int) -> tuple[int, int]:
    if data[position : position + 1] != b"\xff":
        raise UnreadablePhoto("The JPEG's header is broken.")
    for offset in range(position + 1, min(position + MAX_FILL_BYTES, len(data))):
        if data[offset] != 0xFF:
            return data[offset], offset + 1
    raise UnreadablePhoto("The JPEG ends inside its header.")


def _frame(marker: int, body: bytes) -> tuple[int, int, int, bool]:
    if len(body) < 6:
        raise UnreadablePhoto("The JPEG ends inside its header.")
    height, width, components = int.from_bytes(body[1:3]), int.from_bytes(body[3:5]), body[5]
    return width, height, components, marker in PROGRESSIVE_FRAMES


def _frame_with_scans(frame: tuple[int, int, int, bool] | None, data: bytes, first: bytes) -> JpegFrame:
    if frame is None:
        raise UnreadablePhoto("The JPEG has no frame.")
    width, height, components, progressive = frame
    if not progressive and first == bytes([components]):
        return JpegFrame(width, height, components, scans=1)  # all of it in the first: no decoder reads on
    # Inside a scan 0xFF is always followed by 0x00 or a restart, so this counts scans (and thumbnails' few).
    return JpegFrame(width, height, components, scans=max(data.count(b"\xff\xda"), 2))


def require_few_chunks(data: bytes) -> None:
    """Refuse a PNG made of more pieces than any real one: a decoder walks each in Python."""
    position = 8
    for _ in range(MAX_CHUNKS):
        if position + 8 > len(data) or data[position + 4 : position + 8] == b"IEND":
            return
        position += 12 + int.from_bytes(data[position : position + 4])
    raise UnreadablePhoto("The PNG is made of too many pieces.")


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


# Named here, so that Pillow does not load its other fifty.
PLUGINS = (AvifImagePlugin, JpegImagePlugin, PngImagePlugin, WebPImagePlugin)
SCALED_WHILE_DECODING = {"JPEG", "MPO"}
SHRINKS = (8, 4, 2)
BIG_PICTURE_PIXELS = 8_000_000
# What Pillow and its plugins raise about a broken file; MemoryError is their word for absurd sizes.
BROKEN_FILE_ERRORS = (
    OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, AttributeError, ArithmeticError,
    RuntimeError, MemoryError, struct.error,
)  # fmt: skip

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # what undoes each EXIF orientation

Side = Literal["short", "long"]


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """How much work and memory one photo may cost."""

    max_bytes: int = 20_000_000
    max_pixels: int = 75_000_000  # phones of 50 megapixels make 8192 x 6144, decoded scaled
    max_side: int = 32_768  # the longest panoramas; one row of millions of pixels is no photo
    max_whole_pixels: int = 25_000_000  # for formats that can only be decoded whole: 100 MB of pixels
    max_webp_pixels: int = 12_000_000  # its decoder keeps three such pictures
    max_coefficient_bytes: int = 120_000_000
    max_scan_work: int = 600_000_000  # an honest progressive photo of 20 megapixels has 10 scans


@dataclass(frozen=True, slots=True)
class Header:
    """A photo before it is decoded."""

    format: str
    size: tuple[int, int]
    orientation: int


DEFAULT_LIMITS = DecodeLimits()
_one_big_picture = threading.Semaphore(1)


def decode(
    data: bytes, *, at_least: int, side: Side = "short", limits: DecodeLimits = DEFAULT_LIMITS
) -> Pixels:
    """Upright pixels, shrunk while decoding as long as the shorter (or longer) side keeps `at_least`."""
    return np.asarray(decode_picture(data, at_least=at_least, side=side, limits=limits))


def decode_picture(
    data: bytes, *, at_least: int, side: Side = "short", limits: DecodeLimits = DEFAULT_LIMITS
) -> Image.Image:
    """The same as a picture: the pixels are not copied once more."""
    picture = _open(data, limits)
    with _turn(picture):
        try:
            return _upright(_loaded(picture, _shrink(picture.size, at_least, side)), _orientation(picture))
        except BROKEN_FILE_ERRORS as error:
            raise UnreadablePhoto("The photo's data is damaged.") from error


def read_header(data: bytes, *, limits: DecodeLimits = DEFAULT_LIMITS) -> Header:
    """What a photo says about itself, without decoding it."""
    picture = _open(data, limits)
    return Header(picture.format or "", picture.size, _orientation(picture))


def _require_bounded_container(data: bytes, formats: tuple[str, ...], limits: DecodeLimits) -> None:
    if "PNG" in formats:
        require_few_chunks(data)
    if "JPEG" in formats:
        frame = read_jpeg_frame(data)
        if frame.coefficient_bytes > limits.max_coefficient_bytes:
            raise PhotoTooLarge("A progressive JPEG of this size takes too much memory; save it plain.")
        if frame.scans > 1 and frame.scan_work > limits.max_scan_work:
            raise PhotoTooLarge("The JPEG has too many scans for its size; save it plain.")


@cache
def _prepare_pillow() -> None:
    Image.MAX_IMAGE_PIXELS = None  # our own limits are stricter and come before any pixel is decoded
    PngImagePlugin.MAX_TEXT_MEMORY = PngImagePlugin.MAX_TEXT_CHUNK  # 1 MB of unpacked remarks


@cache
def _prepare_heif() -> None:
    from pillow_heif import register_heif_opener  # noqa: PLC0415 - megabytes that few photos need

    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)


def _open(data: bytes, limits: DecodeLimits) -> Image.Image:
    if len(data) > limits.max_bytes:
        raise PhotoTooLarge(f"The photo's file is larger than {limits.max_bytes / 1e6:.0f} MB.")
    formats = formats_of(data)
    _require_bounded_container(data, formats, limits)
    _prepare_pillow()
    if "HEIF" in formats:
        _prepare_heif()
    try:
        picture = Image.open(BytesIO(data), formats=formats)
    except BROKEN_FILE_ERRORS as error:
        raise UnreadablePhoto("We cannot open this photo: send JPEG, PNG, WebP, HEIC or AVIF.") from error
    _require_bounded_picture(picture, limits)
    picture.decodermaxblock = len(data)  # all of it at once: after each piece we would wait for Python's lock
    return picture


def _require_bounded_picture(picture: Image.Image, limits: DecodeLimits) -> None:
    most = limits.max_pixels if picture.format in SCALED_WHILE_DECODING else limits.max_whole_pixels
    if picture.format == "WEBP":
        most = limits.max_webp_pixels
    if max(picture.size) > limits.max_side:
        raise PhotoTooLarge(f"The photo is more than {limits.max_side:,} pixels long.")
    if picture.width * picture.height > most:
        raise PhotoTooLarge(
            f"The photo has more than {most / 1e6:.0f} megapixels, the most we take as {picture.format}."
        )


def _turn(picture: Image.Image) -> AbstractContextManager[object]:
    """Big pictures that are decoded whole go one at a time: two at once would double the memory."""
    small = picture.format in SCALED_WHILE_DECODING or picture.width * picture.height <= BIG_PICTURE_PIXELS
    return nullcontext() if small else _one_big_picture


def _shrink(size: tuple[int, int], at_least: int, side: Side) -> int:
    short, long = sorted(size)
    enough = min(short * 2, long) if side == "long" else short
    return next((shrink for shrink in SHRINKS if enough // shrink >= at_least), 1)


def _loaded(picture: Image.Image, shrink: int) -> Image.Image:
    if picture.format in SCALED_WHILE_DECODING:
        picture.draft(None, (picture.width // shrink, picture.height // shrink))
        shrink = 1
    picture.load()
    return to_plain(picture, shrink=shrink)


def _orientation(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except BROKEN_FILE_ERRORS:
        return 1  # remarks that cannot be read do not make the photo unreadable


def _upright(picture: Image.Image, orientation: int) -> Image.Image:
    turn = TURNS.get(orientation)
    return picture.transpose(turn) if turn is not None else picture
