"""What to do with an outbox file that is damaged: keep it, save what can be read, begin a new one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from time import time_ns

import structlog

log = structlog.get_logger(__name__)

Opener = Callable[[Path], sqlite3.Connection]


def set_damaged_file_aside(file: Path, open_file: Opener) -> None:
    """Leave a sound file alone; move a damaged one away, after copying what is readable into a new one."""
    if not file.exists() or _is_sound(file):
        return
    aside = file.with_name(f"{file.name}.damaged-{time_ns()}")
    for suffix in ("", "-wal"):
        with suppress(FileNotFoundError):
            file.with_name(file.name + suffix).rename(aside.with_name(aside.name + suffix))
    with suppress(FileNotFoundError):
        file.with_name(f"{file.name}-shm").unlink()
    with closing(open_file(file)) as fresh, fresh:
        saved = fresh.executemany(
            "INSERT OR IGNORE INTO letters VALUES (?, ?, ?, ?, ?, ?, ?)", _readable(aside)
        )
    log.error("outbox_damaged", kept_as=aside.name, letters_saved=max(saved.rowcount, 0))


def _is_sound(file: Path) -> bool:
    try:
        with closing(sqlite3.connect(file, timeout=5)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except sqlite3.OperationalError:
        return True  # locked or no room: not a matter of damage
    except sqlite3.DatabaseError:
        return False


def _readable(file: Path) -> Iterator[tuple[object, ...]]:
    """The rows before the damage, then those behind it."""
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(file)) as connection:
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        for order in ("ASC", "DESC"):
            with suppress(sqlite3.DatabaseError):
                yield from connection.execute(f"SELECT * FROM letters NOT INDEXED ORDER BY id {order}")  # noqa: S608
