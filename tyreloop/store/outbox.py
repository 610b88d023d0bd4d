"""The outbox: what people say waits on this machine's disk while the database is away.

One SQLite file for all processes of the machine. An entry is on the disk before anybody is told that it was
kept.
"""

from __future__ import annotations

import json
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from threading import Lock
from time import time, time_ns
from typing import Any, TypeVar

import structlog
from pydantic import TypeAdapter

from tyreloop.domain.errors import StoreUnavailable
from tyreloop.domain.feedback import Correction, IdempotencyKey, Vote
from tyreloop.domain.photos import PhotoId, Prediction, PredictionId, Visitor
from tyreloop.settings import Settings

log = structlog.get_logger(__name__)

Result = TypeVar("Result")
MOMENTS = {"cast_at", "given_at"}
TABLES = """
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    prediction_id TEXT NOT NULL,
    visitor TEXT NOT NULL,
    body TEXT NOT NULL,
    put_at REAL NOT NULL,
    set_aside TEXT
);
CREATE INDEX IF NOT EXISTS entries_of_prediction ON entries (prediction_id, kind);
"""
PUT = """
INSERT INTO entries (kind, prediction_id, visitor, body, put_at)
SELECT ?1, ?2, ?3, ?4, ?5
WHERE ?1 <> 'prediction'
   OR NOT EXISTS (
       SELECT 1 FROM entries WHERE prediction_id = ?2 AND kind = 'prediction' AND set_aside IS NULL
   )
"""
ENTRIES = "SELECT kind, prediction_id, visitor, body, put_at, id FROM entries WHERE set_aside IS NULL"


class Kind(StrEnum):
    """What an entry says."""

    PREDICTION = "prediction"
    VOTE = "vote"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One write that waits, as JSON; without an id it is not in the outbox yet."""

    kind: Kind
    prediction_id: PredictionId
    visitor: Visitor
    body: str
    put_at: float = 0.0
    id: int = 0


@dataclass(frozen=True, slots=True)
class FeedbackChange:
    """A vote or a correction, or that it was taken back, with its moment and its key."""

    said: Vote | Correction | None
    at: datetime
    key: IdempotencyKey


PREDICTIONS: TypeAdapter[Prediction] = TypeAdapter(Prediction)
SAID: dict[Kind, TypeAdapter[Any]] = {Kind.VOTE: TypeAdapter(Vote), Kind.CORRECTION: TypeAdapter(Correction)}


def entry_of_prediction(prediction: Prediction) -> OutboxEntry:
    body = PREDICTIONS.dump_json(prediction).decode()
    return OutboxEntry(Kind.PREDICTION, prediction.id, prediction.visitor, body)


def prediction_in(entry: OutboxEntry) -> Prediction:
    return PREDICTIONS.validate_json(entry.body)


def entry_of_change(
    kind: Kind, prediction_id: PredictionId, visitor: Visitor, change: FeedbackChange
) -> OutboxEntry:
    said = SAID[kind].dump_python(change.said, mode="json") if change.said else None
    if said and "reasons" in said:
        said["reasons"] = sorted(said["reasons"])  # a set has no order, and the same words must read the same
    body = json.dumps({"key": change.key, "at": change.at.isoformat(), "said": said})
    return OutboxEntry(kind, prediction_id, visitor, body)


def change_in(entry: OutboxEntry) -> FeedbackChange:
    body = json.loads(entry.body)
    said = SAID[entry.kind].validate_json(json.dumps(body["said"])) if body["said"] else None
    return FeedbackChange(said, datetime.fromisoformat(body["at"]), IdempotencyKey(body["key"]))


def key_of(entry: OutboxEntry) -> str | None:
    """The idempotency key in an entry; a prediction's id is its own."""
    key: str | None = json.loads(entry.body).get("key")
    return key


def same_payload(one: OutboxEntry, other: OutboxEntry) -> bool:
    """Whether two changes of one kind say the same, whenever they said it."""
    return _timeless(one) == _timeless(other)


def _timeless(change: OutboxEntry) -> dict[str, Any] | None:
    said = json.loads(change.body)["said"]
    return said and {name: said[name] for name in said if name not in MOMENTS}


class Outbox:
    """Entries in the order they were put in; safe for many threads and processes at once."""

    def __init__(self, file: Path, *, max_bytes: int = 256_000_000) -> None:
        self.file = file
        self._max_bytes = max_bytes
        self._lock, self._putting = Lock(), Lock()
        self._coming: deque[tuple[Sequence[Sequence[object]], Future[None]]] = deque()
        self._connection: sqlite3.Connection | None = None

    def put(self, *entries: OutboxEntry) -> None:
        """Keep entries; when this returns they are on the disk. A prediction waits once.

        Whoever comes while the disk is busy shares the next write: one wait for the disk, however many come.
        """
        now, written = time(), Future[None]()
        rows = [(one.kind, one.prediction_id, one.visitor, one.body, now) for one in entries]
        self._coming.append((rows, written))
        with self._putting:
            if not written.done():
                self._put_all_that_came()
        written.result()

    def _put_all_that_came(self) -> None:
        together = [self._coming.popleft() for _ in range(len(self._coming))]
        try:
            self._write(PUT, [row for rows, _ in together for row in rows])
        except BaseException as error:  # noqa: BLE001 - whoever waits must hear of it
            for _, written in together:
                written.set_exception(error)
            return
        for _, written in together:
            written.set_result(None)

    def waiting(self, *, after: int = 0, limit: int = 200) -> Sequence[OutboxEntry]:
        """The oldest entries that are to be sent, beyond the one with the id `after`."""
        return self._read(f"{ENTRIES} AND id > ? ORDER BY id LIMIT ?", (after, limit))

    def about(self, prediction_id: PredictionId, visitor: Visitor, kind: Kind) -> Sequence[OutboxEntry]:
        """What a visitor said about a prediction, as far as it waits here."""
        sql = f"{ENTRIES} AND prediction_id = ? AND kind = ? AND visitor = ? ORDER BY id"
        return self._read(sql, (prediction_id, kind, visitor))

    def predictions_of(self, visitor: Visitor) -> Sequence[OutboxEntry]:
        """The predictions of a visitor that wait here."""
        return self._read(f"{ENTRIES} AND kind = 'prediction' AND visitor = ?", (visitor,))

    def prediction(self, prediction_id: PredictionId) -> OutboxEntry | None:
        """A prediction, if it waits here."""
        found = self._read(f"{ENTRIES} AND kind = 'prediction' AND prediction_id = ?", (prediction_id,))
        return next(iter(found), None)

    def shows(self, photo_id: PhotoId) -> bool:
        """Whether a prediction waits here whose visitor lets this photo be kept."""
        shows = "json_extract(body, '$.photo_id') = ? AND json_extract(body, '$.keep_photo')"
        return bool(self._read(f"{ENTRIES} AND kind = 'prediction' AND {shows}", (photo_id,)))

    def owner_of(self, prediction_id: PredictionId) -> Visitor | None:
        """Whom a prediction belongs to that waits here; none if it does not, or if nobody can look."""
        try:
            found = self.prediction(prediction_id)
        except StoreUnavailable:
            return None
        return found.visitor if found else None

    def remove(self, entries: Iterable[OutboxEntry]) -> None:
        """Forget entries that arrived."""
        self._write("DELETE FROM entries WHERE id = ?", [(entry.id,) for entry in entries])

    def set_aside(self, entry: OutboxEntry, reason: str) -> None:
        """Keep an entry that nobody takes for people to look at; it is not sent again."""
        self._write("UPDATE entries SET set_aside = ? WHERE id = ?", [(reason, entry.id)])

    def forget(self, prediction_id: PredictionId) -> None:
        """Remove everything about a prediction, from the disk too."""
        if not self.file.exists():
            return
        self._write("DELETE FROM entries WHERE prediction_id = ?", [(prediction_id,)])
        self._do(lambda connection: connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())

    def count(self, *, set_aside: bool = False) -> int:
        """How many entries wait, or how many were set aside."""
        sql = "SELECT count(*) FROM entries WHERE (set_aside IS NOT NULL) = ?"
        return self._do(lambda connection: int(connection.execute(sql, (set_aside,)).fetchone()[0]))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._drop()

    def _read(self, sql: str, parameters: Sequence[object]) -> Sequence[OutboxEntry]:
        rows = self._do(lambda connection: connection.execute(sql, parameters).fetchall())
        return [OutboxEntry(Kind(row[0]), *row[1:]) for row in rows]

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
        if self.file.exists() and not _is_sound(self.file):
            self._save_from_damaged_file()
        return self._open_as_it_is()

    def _open_as_it_is(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.file, timeout=5, check_same_thread=False)
        try:
            self.file.chmod(0o600)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
            with closing(connection.execute("PRAGMA page_size")) as cursor:
                page = int(cursor.fetchone()[0])
            connection.execute(f"PRAGMA max_page_count = {max(self._max_bytes // page, 16)}")
            connection.executescript(TABLES)
        except BaseException:
            connection.close()
            raise
        return connection

    def _save_from_damaged_file(self) -> None:
        """Move a damaged file away, and copy what is readable into a new one."""
        aside = self.file.with_name(f"{self.file.name}.damaged-{time_ns()}")
        for suffix in ("", "-wal"):
            with suppress(FileNotFoundError):
                self.file.with_name(self.file.name + suffix).rename(aside.with_name(aside.name + suffix))
        with suppress(FileNotFoundError):
            self.file.with_name(f"{self.file.name}-shm").unlink()
        with closing(self._open_as_it_is()) as fresh, fresh:
            saved = fresh.executemany(
                "INSERT OR IGNORE INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", _readable(aside)
            )
        log.error("outbox_damaged", kept_as=aside.name, entries_saved=max(saved.rowcount, 0))


def outbox_of(settings: Settings) -> Outbox:
    """The outbox of this machine."""
    return _outbox_in("outbox.sqlite", settings)


def journal_of(settings: Settings) -> Outbox:
    """What this machine's services answered and are about to send: on its way, not held up."""
    return _outbox_in("answers.sqlite", settings)


def _outbox_in(name: str, settings: Settings) -> Outbox:
    return Outbox(settings.data_dir / "outbox" / name, max_bytes=int(settings.outbox_max_megabytes * 1e6))


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
                yield from connection.execute(f"SELECT * FROM entries NOT INDEXED ORDER BY id {order}")  # noqa: S608


def adopt_former_files(outbox: Outbox) -> int:
    """Bring in what waits in the files that each process had of its own before; answers how many entries."""
    adopted = 0
    for file in sorted(outbox.file.parent.glob("*.outbox")):
        with closing(sqlite3.connect(file, timeout=5)) as connection:
            rows = connection.execute(
                "SELECT kind, prediction_id, visitor, body FROM letters WHERE set_aside IS NULL"
            )
            entries = [_former_entry(*row) for row in rows]
        outbox.put(*entries)
        adopted += len(entries)
        for suffix in ("", "-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
    return adopted


def _former_entry(kind: str, prediction_id: str, visitor: str, text: str) -> OutboxEntry:
    body, whose = json.loads(text), {"prediction_id": prediction_id, "visitor": visitor}
    if kind == Kind.PREDICTION:
        name, version = body.pop("model")
        verdict = {
            field: body.pop(field, None)
            for field in ("answer", "reason", "probabilities", "timings_ms", "novelty")
        }
        model = {"name": name, "version": version}
        body = {"id": prediction_id, "visitor": visitor, "model": model, "verdict": verdict, **body}
    else:
        moment = "cast_at" if kind == Kind.VOTE else "given_at"
        said = {**whose, **body, moment: body["at"]}
        if spot := said.get("spot"):
            said["spot"] = {"x": spot[0], "y": spot[1]}
        is_said = body.get("liked") is not None or body.get("label") is not None
        words = {field: said[field] for field in said if field not in ("key", "at")}
        body = {"key": body["key"], "at": body["at"], "said": words if is_said else None}
    return OutboxEntry(Kind(kind), PredictionId(prediction_id), Visitor(visitor), json.dumps(body))
