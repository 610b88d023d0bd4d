"""What was fetched of photos that were deleted since: the copies on this machine, and their lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tyreloop.domain.datasets import SNAPSHOT_FOLDER
from tyreloop.domain.photos import PhotoId


def forget_copies(home: Path, is_gone: Callable[[PhotoId], bool]) -> int:
    """Delete copies below the datasets' folder; answers how many."""
    forgotten = 0
    for folder in home.glob(f"{SNAPSHOT_FOLDER}*"):
        gone = [copy for copy in folder.glob("photos/*.jpg") if is_gone(PhotoId(copy.stem))]
        for copy in gone:
            copy.unlink(missing_ok=True)
        if gone:
            forget_lines(folder)
        forgotten += len(gone)
    return forgotten


def forget_lines(folder: Path) -> None:
    """A dataset's list names what is there and nothing else."""
    from tyreloop.learning.datasets.lesson_book import (  # noqa: PLC0415 - it draws, and most processes need not
        BOOK_FILE,
        read_book,
        write_book,
    )

    if not (folder / BOOK_FILE).is_file():
        return  # it is being written just now, from what is left
    book = read_book(folder)
    here = tuple(entry for entry in book.entries if (folder / entry.file).is_file())
    if len(here) < len(book.entries):
        write_book(replace(book, entries=here))
