"""A photo's container, walked before a decoder sees it: what is cheap to send and dear to open stops here."""

from __future__ import annotations

from dataclasses import dataclass

from tyreloop.domain.errors import UnreadablePhoto

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
