"""What a folder of drawn photos says of itself; read where nothing can draw, so without OpenCV."""

import csv
from collections.abc import Iterable
from pathlib import Path

FILE = "manifest.csv"
COLUMNS = ("file", "kind", "view", "defect", "severity", "mask", "seed", "index", "size")
Row = dict[str, str]


def write_manifest(folder: Path, rows: Iterable[Row]) -> None:
    with (folder / FILE).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


def read_manifest(folder: Path) -> list[Row]:
    with (folder / FILE).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
