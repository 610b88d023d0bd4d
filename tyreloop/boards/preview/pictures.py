"""Draws every board of one installation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg2

from tyreloop.boards.board import board_json
from tyreloop.boards.boards import BOARDS
from tyreloop.boards.preview.answers import ask_panel
from tyreloop.boards.preview.drawing import draw_board
from tyreloop.settings import Settings


def draw_boards(using: Settings, folder: Path, *, days: int) -> Iterator[Path]:
    """One picture per board; the files are named like the boards."""
    folder.mkdir(parents=True, exist_ok=True)
    with closing(psycopg2.connect(**using.postgres_dsn)) as connection:
        connection.autocommit = True
        for board in BOARDS:
            drawn = board_json(board)
            answers = {
                panel["id"]: ask_panel(connection, panel, span=timedelta(days=days), zone=using.tz)
                for panel in drawn["panels"]
            }
            draw_board(drawn, answers, folder / f"{board.name}.png")
            yield folder / f"{board.name}.png"
