"""A file that is no photo gets its own sentence, told by its bytes."""

from __future__ import annotations

import struct
import zlib

import pytest

from streamlit_ui.texts import Texts
from streamlit_ui.view_models.refusal import refusal_of
from tests.vision.bundles import DARK, jpeg_of


def png_of(width: int, height: int) -> bytes:
    """A picture that says it is of this size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


WRONG_FILES = {
    "empty": ("empty.jpg", b""),
    "gif": ("moving.gif", b"GIF89a" + bytes(40)),
    "pdf": ("paper.pdf", b"%PDF-1.7\n%\xe2\xe3\n"),
    "video": ("film.mp4", b"\0\0\0\x18ftypmp42" + bytes(40)),
    "zip": ("nothing.zip", b"PK\x05\x06" + bytes(18)),
    "document": ("letter.docx", b"PK\x03\x04" + bytes(40)),
    "other_picture": ("scan.bmp", b"BM" + bytes(60)),
    "drawing": ("wheel.svg", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'),
    "raw": ("camera.dng", b"II*\0" + bytes(60)),
    "web_page": ("saved.jpg", b"<!DOCTYPE html><html><body>tyre</body></html>"),
    "text": ("notes.jpg", b"Left front, 12 May."),
    "broken": ("torn.jpg", jpeg_of(DARK, (640, 480))[:300]),
    "unknown": ("noise.jpg", bytes(range(128, 256)) * 4),
}


@pytest.mark.parametrize("kind", WRONG_FILES)
def test_a_wrong_file_gets_its_own_sentence(kind: str, english: Texts, korean: Texts) -> None:
    for say in (english, korean):
        assert refusal_of(*WRONG_FILES[kind], say, megabytes=20) == say(f"refused.{kind}")


def test_a_file_above_the_limit_is_told_the_limit(english: Texts) -> None:
    assert "larger than 0.5 MB" in refusal_of("a.jpg", bytes(600_000), english, megabytes=0.5)


def test_a_picture_of_too_many_pixels_is_not_called_broken(english: Texts) -> None:
    assert refusal_of("a.png", png_of(30_000, 30_000), english, megabytes=20) == english(
        "refused.too_many_pixels"
    )


def test_every_sentence_is_another_one(english: Texts, korean: Texts) -> None:
    for say in (english, korean):
        sentences = [say(key) for key in say.keys if key.startswith("refused.")]
        assert len(sentences) == len(set(sentences)) >= 12
