"""Tables for a spreadsheet, where no cell can become a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO

from xlsxwriter import Workbook

# Spreadsheets look past blanks, and take the wide letters of Korean keyboards for the same.
FORMULA = re.compile(r"[\s\0\u200b\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")
MARK_OF_UTF8 = "\ufeff"  # without it Excel reads Korean as something else


def harmless(cell: object) -> object:
    """Numbers as they are; a text that a spreadsheet would calculate is marked as text."""
    if isinstance(cell, str) and FORMULA.match(cell):
        return f"'{cell}"
    return cell


def csv_of(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV that spreadsheets open with a click."""
    written = StringIO(MARK_OF_UTF8)
    written.seek(0, 2)
    table = csv.writer(written)
    table.writerows([harmless(cell) for cell in row] for row in (header, *rows))
    return written.getvalue().encode("utf-8")


def xlsx_of(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The same as a workbook: texts are written as texts, so nothing is calculated."""
    written = BytesIO()
    with Workbook(
        written, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate((header, *rows)):
            sheet.write_row(number, 0, ["" if cell is None else cell for cell in row])
        sheet.autofit()
    return written.getvalue()
