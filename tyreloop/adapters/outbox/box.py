"""The outbox itself: a small SQLite file per process, on the disk before anybody is told so."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from threading import Lock
from time import time
from typing import TypeVar

from tyreloop.adapters.outbox.damage import set_damaged_file_aside
from tyreloop.adapters.outbox.letters import Kind, Letter
from tyreloop.domain.errors import StoreUnavailable
from tyreloop.domain.photos import PredictionId, Visitor

Result = TypeVar("Result")

TABLES = """
CREATE TABLE IF NOT EXISTS letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    prediction_id TEXT NOT NULL,
    visitor TEXT NOT NULL,
    body TEXT NOT NULL,
    put_at REAL NOT NULL,
    set_aside TEXT
);
CREATE INDEX IF NOT EXISTS letters_of_prediction ON letters (prediction_id, kind);
"""
PUT = """
INSERT INTO letters (kind, prediction_id, visitor, body, put_at)
SELECT ?1, ?2, ?3, ?4, ?5
WHERE ?1 <> 'prediction'
   OR NOT EXISTS (
       SELECT 1 FROM letters WHERE prediction_id = ?2 AND kind = 'prediction' AND set_aside IS NULL
   )
"""
LETTER = "SELECT kind, prediction_id, visitor, body, put_at, id FROM letters"


class Outbox:
    """Letters in the order they were put in; safe for many threads and processes at once."""

    def __init__(self, file: Path, *, most_bytes: int = 256_000_000) -> None:
        self.file = file
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None

    def put(self, *letters: Letter) -> None:
        """Keep letters, in one write; when this returns they are on the disk. A prediction waits once."""
        now = time()
        self._write(PUT, [(one.kind, one.prediction_id, one.visitor, one.body, now) for one in letters])

    def waiting(self, *, after: int = 0, limit: int = 200) -> Sequence[Letter]:
        """The oldest letters that are to be sent, beyond the one with the id `after`."""
        sql = f"{LETTER} WHERE set_aside IS NULL AND id > ? ORDER BY id LIMIT ?"
        return self._read(sql, (after, limit))

    def about(self, prediction_id: PredictionId, visitor: Visitor, kind: Kind) -> Sequence[Letter]:
        """What a visitor said about a prediction, as far as it waits here."""
        sql = (
            f"{LETTER} WHERE prediction_id = ? AND kind = ? AND visitor = ? AND set_aside IS NULL ORDER BY id"
        )
        return self._read(sql, (prediction_id, kind, visitor))

    def predictions_of(self, visitor: Visitor) -> Sequence[Letter]:
        """The predictions of a visitor that wait here."""
        return self._read(
            f"{LETTER} WHERE kind = 'prediction' AND visitor = ? AND set_aside IS NULL", (visitor,)
        )

    def prediction(self, prediction_id: PredictionId) -> Letter | None:
        """A prediction, if it waits here."""
        sql = f"{LETTER} WHERE prediction_id = ? AND kind = 'prediction' AND set_aside IS NULL"
        return next(iter(self._read(sql, (prediction_id,))), None)

    def remove(self, letters: Iterable[Letter]) -> None:
        """Forget letters that arrived."""
        self._write("DELETE FROM letters WHERE id = ?", [(letter.id,) for letter in letters])

    def set_aside(self, letter: Letter, reason: str) -> None:
        """Keep a letter that nobody takes for people to look at; it is not sent again."""
        self._write("UPDATE letters SET set_aside = ? WHERE id = ?", [(reason, letter.id)])

    def forget(self, prediction_id: PredictionId) -> None:
        """Remove everything about a prediction, from the disk too."""
        self._write("DELETE FROM letters WHERE prediction_id = ?", [(prediction_id,)])
        self._do(lambda connection: connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())

    def count(self, *, set_aside: bool = False) -> int:
        """How many letters wait, or how many were set aside."""
        sql = "SELECT count(*) FROM letters WHERE (set_aside IS NOT NULL) = ?"
        return self._do(lambda connection: int(connection.execute(sql, (set_aside,)).fetchone()[0]))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._drop()

    def _read(self, sql: str, parameters: Sequence[object]) -> Sequence[Letter]:
        rows = self._do(lambda connection: connection.execute(sql, parameters).fetchall())
        return [Letter(Kind(row[0]), row[1], row[2], row[3], row[4], row[5]) for row in rows]

    def _write(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        def work(connection: sqlite3.Connection) -> None:
            with connection:
                connection.executemany(sql, rows)

        self._do(work)

    def _do(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        with self._lock:
            try:
                self._connection = self._connection or self._open()
                return work(self._connection)
            except (sqlite3.Error, OSError) as error:
                self._drop()  # after an error of the disk nothing that SQLite remembers can be relied on
                raise StoreUnavailable("Nothing can be kept just now. Try again in a moment.") from error

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        set_damaged_file_aside(self.file, self._open_as_it_is)
        return self._open_as_it_is(self.file)

    def _open_as_it_is(self, file: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(file, timeout=5, check_same_thread=False)
        try:
            file.chmod(0o600)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
            with closing(connection.execute("PRAGMA page_size")) as cursor:
                page = int(cursor.fetchone()[0])
            connection.execute(f"PRAGMA max_page_count = {max(self._most_bytes // page, 16)}")
            connection.executescript(TABLES)
        except BaseException:
            connection.close()
            raise
        return connection
