"""Files made to break, to stall or to swell a service: cheap to send, dear to open."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from io import BytesIO

from PIL import Image

from tests.vision.odd_photos import heic, saved, tyre

Make = Callable[[], bytes]


def _orientation(value: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = value
    return exif.tobytes()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    width: int, height: int, *, depth: int = 8, colour: int = 2, before: bytes = b"", data: bytes = b""
) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + before + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def jpeg(**options: object) -> bytes:
    return saved(tyre(), "JPEG", **options)


def many_scans(copies: int = 2_000, size: tuple[int, int] = (2000, 2000)) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    file = BytesIO()
    Image.new("RGB", size, "grey").save(file, "JPEG", progressive=True, quality=30)
    data = file.getvalue()
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * copies + data[-2:]


def claiming(width: int, height: int) -> bytes:
    """A small JPEG that says it is a huge one."""
    data = bytearray(jpeg())
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def segments(count: int) -> bytes:
    return b"\xff\xd8" + b"\xff\xe1\x00\x02" * count + jpeg()[2:]


def text_bomb(kind: bytes) -> bytes:
    packed = zlib.compress(bytes(60_000_000), 9)
    start = b"remark\x00\x00" if kind == b"zTXt" else b"remark\x00\x01\x00\x00\x00"
    return png(8, 8, before=chunk(kind, start + packed), data=zlib.compress(bytes(8 * 25)))


def profile_bomb() -> bytes:
    packed = zlib.compress(bytes(100_000_000), 9)
    return png(8, 8, before=chunk(b"iCCP", b"icc\x00\x00" + packed), data=zlib.compress(bytes(8 * 25)))


def webp_claiming(width: int, height: int) -> bytes:
    """Its extended header says it is huge; the picture inside is small."""
    data = bytearray(saved(tyre(), "WEBP", exif=_orientation(1)))
    at = data.index(b"VP8X") + 12
    data[at : at + 6] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return bytes(data)


def exif_without_end() -> bytes:
    """An EXIF directory that names itself as the next one."""
    tiff = b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", 1)
    tiff += struct.pack("<HHII", 0x8769, 4, 1, 8) + struct.pack("<I", 8)
    return saved(tyre(), "JPEG", exif=b"Exif\x00\x00" + tiff)


def cut(data: bytes, share: float) -> bytes:
    return data[: int(len(data) * share)]


def scrambled(data: bytes, step: int) -> bytes:
    spoiled = bytearray(data)
    for position in range(40, len(spoiled), step):
        spoiled[position] ^= 0x5A
    return bytes(spoiled)


ONLY_A_MOMENT: dict[str, Make] = {
    "nothing": lambda: b"",
    "one byte": lambda: b"\xff",
    "text": lambda: b"a photo, believe me",
    "HTML": lambda: b"<html><script>alert(1)</script></html>",
    "SVG": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
    "PDF": lambda: b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj",
    "EPS": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n(hello) print quit",
    "GIF": lambda: saved(tyre(), "GIF"),
    "BMP": lambda: saved(tyre(), "BMP"),
    "TIFF": lambda: saved(tyre(), "TIFF"),
    "ICO": lambda: saved(tyre().resize((64, 64)), "ICO"),
    "PPM": lambda: saved(tyre(), "PPM"),
    "PSD": lambda: b"8BPS\x00\x01" + bytes(200),
    "zip": lambda: b"PK\x03\x04" + bytes(100),
    "ELF": lambda: b"\x7fELF" + bytes(100),
    "pickle": lambda: b"\x80\x04cos\nsystem\n(S'id'\ntR.",
    "JPEG start only": lambda: b"\xff\xd8\xff",
    "JPEG start and end": lambda: b"\xff\xd8\xff\xd9",
    "JPEG of fill bytes": lambda: b"\xff\xd8" + b"\xff" * 10_000_000,
    "JPEG of junk": lambda: b"\xff\xd8\xff" + b"\x00" * 10_000_000,
    "JPEG of segments": lambda: segments(4_000_000),
    "JPEG cut in its header": lambda: jpeg()[:120],
    "JPEG cut in its middle": lambda: cut(jpeg(), 0.5),
    "JPEG cut at its end": lambda: cut(jpeg(), 0.98),
    "progressive JPEG cut": lambda: cut(jpeg(progressive=True), 0.5),
    "JPEG scrambled": lambda: scrambled(jpeg(), 97),
    "JPEG scrambled more": lambda: scrambled(jpeg(), 11),
    "JPEG without tables": lambda: jpeg().replace(b"\xff\xdb", b"\xff\xe5").replace(b"\xff\xc4", b"\xff\xe6"),
    "JPEG without a frame": lambda: jpeg().replace(b"\xff\xc0", b"\xff\xe7"),
    "JPEG of five components": lambda: jpeg().replace(
        b"\x08\x01\x68\x01\xe0\x03", b"\x08\x01\x68\x01\xe0\x05"
    ),
    "JPEG of twelve bits": lambda: jpeg().replace(b"\x08\x01\x68\x01\xe0\x03", b"\x0c\x01\x68\x01\xe0\x03"),
    "JPEG of no height": lambda: claiming(400, 0),
    "JPEG of no width": lambda: claiming(0, 400),
    "JPEG claiming the most": lambda: claiming(65_500, 65_500),
    "JPEG claiming 70 megapixels": lambda: claiming(10_000, 7_000),
    "JPEG of two thousand scans": many_scans,
    "small JPEG of many scans": lambda: many_scans(20_000, (200, 200)),
    "endless EXIF": exif_without_end,
    "broken EXIF": lambda: saved(tyre(), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff"),
    "orientation nine": lambda: saved(tyre(), "JPEG", exif=_orientation(9)),
    "broken MPO": lambda: scrambled(saved(tyre(), "MPO", save_all=True, append_images=[tyre()]), 1009),
    "PNG start only": lambda: b"\x89PNG\r\n\x1a\n",
    "PNG without data": lambda: png(100, 100),
    "PNG claiming the most": lambda: png(2**31 - 1, 2**31 - 1),
    "PNG claiming 100 megapixels": lambda: png(10_000, 10_000, data=zlib.compress(bytes(1000))),
    "PNG of one row": lambda: png(20_000_000, 1, data=zlib.compress(bytes(60_000_001))),
    "PNG of 24 black megapixels": lambda: png(
        6000, 4000, data=zlib.compress(bytes((6000 * 3 + 1) * 4000), 9)
    ),
    "PNG of 24 clear megapixels": lambda: png(
        6000, 4000, colour=6, data=zlib.compress(bytes((6000 * 4 + 1) * 4000), 9)
    ),
    "PNG of 24 deep megapixels": lambda: png(
        6000, 4000, colour=6, depth=16, data=zlib.compress(bytes((6000 * 8 + 1) * 4000), 9)
    ),
    "PNG with a longer stream": lambda: png(10, 10, data=zlib.compress(bytes(100_000_000), 9)),
    "PNG with a text bomb": lambda: text_bomb(b"zTXt"),
    "PNG with an international text bomb": lambda: text_bomb(b"iTXt"),
    "PNG with a colour profile bomb": profile_bomb,
    "PNG of empty chunks": lambda: (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 10, 10, 8, 2, 0, 0, 0))
        + chunk(b"tEXt", b"") * 1_500_000
    ),
    "PNG with a wrong checksum": lambda: saved(tyre(), "PNG")[:-20] + bytes(20),
    "PNG cut": lambda: cut(saved(tyre(), "PNG"), 0.5),
    "PNG scrambled": lambda: scrambled(saved(tyre(), "PNG"), 997),
    "PNG of a palette that is missing": lambda: png(10, 10, colour=3, data=zlib.compress(bytes(110))),
    "PNG of a colour that is none": lambda: png(10, 10, colour=5, data=zlib.compress(bytes(110))),
    "WebP start only": lambda: b"RIFF\x00\x00\x00\x00WEBP",
    "WebP claiming the most": lambda: webp_claiming(16_384, 16_384),
    "WebP claiming a gigapixel": lambda: webp_claiming(2**24, 64),
    "WebP cut": lambda: cut(saved(tyre(), "WEBP"), 0.5),
    "WebP scrambled": lambda: scrambled(saved(tyre(), "WEBP"), 97),
    "AVIF start only": lambda: b"\x00\x00\x00\x1cftypavif" + bytes(16),
    "AVIF cut": lambda: cut(saved(tyre(), "AVIF", speed=10), 0.5),
    "AVIF scrambled": lambda: scrambled(saved(tyre(), "AVIF", speed=10), 97),
    "HEIC start only": lambda: b"\x00\x00\x00\x18ftypheic" + bytes(16),
    "HEIC cut": lambda: cut(heic(tyre()), 0.5),
    "HEIC scrambled": lambda: scrambled(heic(tyre()), 97),
    "a film": lambda: b"\x00\x00\x00\x18ftypmp42" + bytes(1000),
    "one pixel": lambda: saved(Image.new("RGB", (1, 1)), "PNG"),
    "a line": lambda: saved(Image.new("RGB", (5000, 1)), "PNG"),
    "a thin JPEG": lambda: saved(Image.new("RGB", (3, 6000)), "JPEG"),
}
