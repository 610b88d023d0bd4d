"""Draws the boards for the documents, over a made-up history in a throw-away database.

python -m benchmarks.board_pictures [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import SecretStr

from benchmarks.data_cluster import scratch_database
from tyreloop.boards.preview.pictures import draw_boards
from tyreloop.settings import Settings
from tyreloop.store.counts import recount
from tyreloop.store.db import Database

HISTORY = Path(__file__).with_name("board_pictures.sql")


def main(folder: Path) -> None:
    with scratch_database() as scratch:
        scratch.do(HISTORY.read_text(encoding="utf-8"))
        database = Database(scratch.owner, statement_seconds=600)
        recount(database)
        database.close()
        reader = scratch.reader
        using = Settings.model_construct(
            postgres_host=reader["host"],
            postgres_port=reader["port"],
            postgres_db=reader["dbname"],
            postgres_user=reader["user"],
            postgres_password=SecretStr(reader["password"]),
        )
        for file in draw_boards(using, folder, days=7):
            print(file)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images"))
