"""Many drawn photos on one page, each with what it shows: to look at with one's own eyes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

TILE = 150
LINE = 14
ACROSS = 8
OUTLINE = (255, 40, 0)


def contact_sheet(folder: Path, rows: Sequence[dict[str, str]], *, most: int = 64) -> Image.Image:
    """Photos of a drawn folder in the order of its manifest; a defect's mask is outlined."""
    shown = list(rows)[:most]
    down = -(-len(shown) // ACROSS)
    sheet = Image.new("RGB", (ACROSS * TILE, down * (TILE + LINE)), "white")
    pen = ImageDraw.Draw(sheet)
    for number, row in enumerate(shown):
        left, top = number % ACROSS * TILE, number // ACROSS * (TILE + LINE)
        sheet.paste(_tile(folder, row), (left, top))
        pen.text((left + 3, top + TILE), f"{row['kind']} {row['defect']}".replace("_", " "), fill="black")
    return sheet


def _tile(folder: Path, row: dict[str, str]) -> Image.Image:
    with Image.open(folder / row["file"]) as photo:
        tile = photo.convert("RGB").resize((TILE - 2, TILE - 2))
    if row["mask"]:
        with Image.open(folder / row["mask"]) as mask:
            small = mask.resize(tile.size).point(lambda level: 255 * (level > 127))
        tile.paste(OUTLINE, mask=_edge(small))
    return tile


def _edge(mask: Image.Image) -> Image.Image:
    wide = mask.convert("L").filter(ImageFilter.MaxFilter(3))
    return ImageChops.subtract(wide, mask.convert("L"))
