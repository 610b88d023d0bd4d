"""A report as a PDF: the same bytes for the same report. Why reportlab, and whose font: `docs/adr/0025-*`."""

from __future__ import annotations

import gzip
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from streamlit_ui.view_models.report import ReportedAnswer, ReportView
from streamlit_ui.view_models.verdict import Tone
from tyreloop.domain.damage import Outline

FONT = "Tyreloop Sans"
FONT_FILE = Path(__file__).with_name("fonts") / "tyreloop_sans.ttf.gz"
MARGIN, QR_SIDE = 42, 92
WIDTH = A4[0] - 2 * MARGIN
PHOTO_SIDE = 180
INK, QUIET, RULE, MARK = "#1c1b1f", "#55595e", "#d5d8dc", "#d92d20"
COLOUR_OF = {Tone.GOOD: "#1b6e3a", Tone.BAD: "#b3261e", Tone.UNSURE: "#8a5200", Tone.UNUSABLE: QUIET}
PLAIN = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (0, -1), 0),
    ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
]


def pdf_of(view: ReportView) -> bytes:
    """The document."""
    font()
    made = BytesIO()
    # Without a date of its own and with an id made from its content, it is the same whenever it is drawn.
    document = SimpleDocTemplate(
        made,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=view.title,
        author="Tyreloop",
        lang=view.language,
        invariant=1,
    )
    answers = [part for answer in view.answers for part in (KeepTogether(_answer(answer)), Spacer(0, 12))]
    document.build(
        [_head(view), Spacer(0, 14), *answers, _limits(view)], onFirstPage=_number, onLaterPages=_number
    )
    return made.getvalue()


@cache
def font() -> TTFont:
    """Ours, with Latin and Hangul; the document carries what it uses of it."""
    rl_config.useA85 = 0  # bytes as bytes: a quarter less than as text
    made = TTFont(FONT, BytesIO(gzip.decompress(FONT_FILE.read_bytes())))
    pdfmetrics.registerFont(made)
    return made


def _text(words: str, *, size: float = 10, colour: str = INK, after: float = 3) -> Paragraph:
    style = ParagraphStyle(
        "text",
        fontName=FONT,
        fontSize=size,
        leading=size * 1.45,
        textColor=HexColor(colour),
        spaceAfter=after,
    )
    return Paragraph(escape(words), style)


def _head(view: ReportView) -> Table:
    words = [
        _text("Tyreloop", size=10, colour=QUIET),
        _text(view.title, size=20, after=6),
        _text(view.made, colour=QUIET),
        _text(view.scan, colour=QUIET),
        _text(view.link, size=8, colour=QUIET),
        *(_text(note, size=8, colour=QUIET) for note in view.notes),
    ]
    code = QrCodeWidget(view.link, barWidth=QR_SIDE, barHeight=QR_SIDE, barBorder=0)
    return _side_by_side(words, [Drawing(QR_SIDE, QR_SIDE, code)], widths=(WIDTH - QR_SIDE - 6, QR_SIDE + 6))


def _answer(answer: ReportedAnswer) -> list[Flowable]:
    if answer.picture is None:
        photo: Flowable = _text(answer.no_picture, colour=QUIET)
    else:
        photo = Photo(answer.picture, answer.outline)
    words = [
        _text(answer.headline, size=14, colour=COLOUR_OF[answer.tone], after=6),
        *(_text(line, after=5) for line in answer.lines),
        _text(answer.details, size=8, colour=QUIET),
    ]
    return [_rule(), _side_by_side([photo], words, widths=(PHOTO_SIDE + 12, WIDTH - PHOTO_SIDE - 12))]


def _limits(view: ReportView) -> KeepTogether:
    lines = [_text(line, size=8.5, colour=QUIET, after=4) for line in view.limits]
    title = _text(view.limits_title, size=11, after=5)
    return KeepTogether([_rule(), Table([[[title, *lines]]], colWidths=WIDTH, style=TableStyle(PLAIN))])


def _side_by_side(left: list[Flowable], right: list[Flowable], *, widths: tuple[float, float]) -> Table:
    return Table([[left, right]], colWidths=widths, style=TableStyle(PLAIN))


def _rule() -> Table:
    return Table(
        [[""]], colWidths=WIDTH, rowHeights=8, style=[("LINEABOVE", (0, 0), (-1, 0), 0.75, HexColor(RULE))]
    )


def _number(canvas: Any, document: Any) -> None:
    canvas.setFont(FONT, 8)
    canvas.setFillColor(HexColor(QUIET))
    canvas.drawRightString(A4[0] - MARGIN, MARGIN / 2, str(document.page))


class Photo(Flowable):  # type: ignore[misc]
    """A photo with lines around what the model saw, white below red so that they show on every rubber."""

    def __init__(self, jpeg: bytes, outline: Outline) -> None:
        super().__init__()
        self._picture = ImageReader(BytesIO(jpeg))
        self._outline = outline
        width, height = self._picture.getSize()
        scale = PHOTO_SIDE / max(width, height)
        self.width, self.height = width * scale, height * scale

    def draw(self) -> None:
        page = self.canv
        page.drawImage(self._picture, 0, 0, self.width, self.height)
        for colour, thickness in (("#ffffff", 3.5), (MARK, 1.5)):
            page.setStrokeColor(HexColor(colour))
            page.setLineWidth(thickness)
            for place in self._outline:
                line = page.beginPath()
                for number, (x, y) in enumerate(place):
                    move = line.lineTo if number else line.moveTo
                    move(x * self.width, (1 - y) * self.height)
                line.close()
                page.drawPath(line)
