"""Bytes of a photo into upright RGB pixels, with every cost bounded before it is paid."""

from __future__ import annotations

import struct
import threading
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Literal

import numpy as np
from PIL import AvifImagePlugin, ExifTags, Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from tyreloop.domain.errors import PhotoTooLarge, UnreadablePhoto
from tyreloop.vision.container import formats_of, read_jpeg_frame, require_few_chunks
from tyreloop.vision.plain import Pixels, to_plain

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
