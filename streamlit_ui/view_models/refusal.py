"""Why a file cannot be judged, told by its bytes: its own sentence, and what to do instead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

from streamlit_ui.texts import Texts
from tyreloop.domain.errors import PhotoTooLarge, TyreloopError
from tyreloop.vision.decode import read_header

RAW_SUFFIXES = (".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf")
OFFICE_SUFFIXES = (".docx", ".xlsx", ".pptx", ".hwpx", ".odt", ".ods")
PHOTO_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"heif", b"avif", b"avis")
RAW_BRANDS = (b"crx ",)
LOOKED_AT = 1024  # bytes


def _is_text(begin: bytes) -> bool:
    try:
        return b"\0" not in begin and bool(begin[: LOOKED_AT - 3].decode("utf-8"))
    except UnicodeDecodeError as error:
        return error.start > LOOKED_AT - 8  # a letter that was cut in two


def _begins(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda begin: begin.startswith(marks)


# In this order: the first that fits names the file.
KINDS: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("broken", _begins(b"\xff\xd8", b"\x89PNG")),
    ("broken", lambda b: b[:4] == b"RIFF" and b[8:12] == b"WEBP"),
    ("broken", lambda b: b[4:8] == b"ftyp" and b[8:12] in PHOTO_BRANDS),
    ("raw", lambda b: b[4:8] == b"ftyp" and b[8:12] in RAW_BRANDS),
    ("video", lambda b: b[4:8] == b"ftyp" or b.startswith(b"\x1aE\xdf\xa3") or b[8:12] == b"AVI "),
    ("gif", _begins(b"GIF8")),
    ("pdf", _begins(b"%PDF")),
    ("zip", _begins(b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf")),
    ("other_picture", _begins(b"BM", b"II*\0", b"MM\0*", b"\0\0\1\0")),
    ("drawing", lambda b: b"<svg" in b.lower()),
    ("web_page", lambda b: b.lstrip().lower().startswith((b"<!doctype html", b"<html"))),
    ("text", _is_text),
)


def refusal_of(name: str, data: bytes, say: Texts, *, megabytes: float) -> str:
    """The sentence about a file that no picture could be made of."""
    return say(f"refused.{_kind_of(name, data, megabytes)}", megabytes=f"{megabytes:g}")


def _kind_of(name: str, data: bytes, megabytes: float) -> str:
    suffix = PurePath(name).suffix.lower()
    if not data:
        return "empty"
    if len(data) > megabytes * 1e6:
        return "too_large"
    if suffix in RAW_SUFFIXES:
        return "raw"
    if suffix in OFFICE_SUFFIXES:
        return "document"
    if _has_too_many_pixels(data):
        return "too_many_pixels"
    return next((kind for kind, fits in KINDS if fits(data[:LOOKED_AT])), "unknown")


def _has_too_many_pixels(data: bytes) -> bool:
    try:
        read_header(data)
    except TyreloopError as error:
        return isinstance(error, PhotoTooLarge)
    return False
