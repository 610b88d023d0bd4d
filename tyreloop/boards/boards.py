"""All boards."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tyreloop.boards.board import Board, board_json
from tyreloop.boards.overview import OVERVIEW
from tyreloop.boards.quality import QUALITY
from tyreloop.boards.service import SERVICE

BOARDS: tuple[Board, ...] = (OVERVIEW, QUALITY, SERVICE)


def board_named(name: str) -> Board:
    """One board by its name."""
    return next(board for board in BOARDS if board.name == name)


def board_files() -> Iterator[tuple[str, str]]:
    """Each board's file name and text."""
    for board in BOARDS:
        yield f"{board.name}.json", json.dumps(board_json(board), indent=2, ensure_ascii=False) + "\n"
