"""Empties the outbox in the background, in order; what nobody will ever take is set aside and reported."""

from __future__ import annotations

import fcntl
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import uniform
from threading import Event, Lock, Thread
from typing import Any

import structlog

from tyreloop.domain.errors import (
    PredictionNotFound,
    StoreBusy,
    StoreUnavailable,
    TyreloopError,
)
from tyreloop.domain.feedback import Correction, Vote
from tyreloop.ports import Erasures, Feedback, Predictions
from tyreloop.store.delivery import Breaker
from tyreloop.store.feedback import PostgresWriteFailures
from tyreloop.store.outbox import (
    Kind,
    Outbox,
    OutboxEntry,
    adopt_former_files,
    change_in,
    prediction_in,
)

log = structlog.get_logger(__name__)

PATIENCE = timedelta(hours=24)  # how long a vote waits for its prediction, which may lie on another machine
BUSY_AFTER = 8
SENDERS = 4
SHORTEST_PAUSE, LONGEST_PAUSE = 0.25, 2.0


@dataclass(frozen=True, slots=True)
class Receivers:
    """Where entries go: the ports without an outbox."""

    predictions: Predictions
    votes: Feedback[Vote]
    corrections: Feedback[Correction]
    erasures: Erasures
    failures: PostgresWriteFailures


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of the entries of one round."""

    sent: int = 0
    waiting: int = 0
    set_aside: int = 0


def replay(outbox: Outbox, to: Receivers, *, patience: timedelta = PATIENCE) -> Replayed:
    """Send every entry once; raises StoreUnavailable when the database is away."""
    after = 0
    with ThreadPoolExecutor(SENDERS, thread_name_prefix="outbox-sender") as pool:
        round_ = Round(outbox, to, patience, pool)
        while entries := outbox.waiting(after=after):
            after = entries[-1].id
            round_.send_all(entries)
    return round_.outcome()


class Round:
    """One way through an outbox: what concerns one prediction in its order, different ones side by side."""

    def __init__(self, outbox: Outbox, to: Receivers, patience: timedelta, pool: ThreadPoolExecutor) -> None:
        self._outbox = outbox
        self._to = to
        self._patience = patience
        self._pool = pool
        self._away: StoreUnavailable | None = None
        self._busy: list[OutboxEntry] = []
        self.count: Counter[str] = Counter()

    def send_all(self, entries: Iterable[OutboxEntry]) -> None:
        """Send entries; those that arrived are removed even when a later one fails."""
        arrived: list[OutboxEntry] = []
        try:
            for entry, refusal in self._sent(entries):
                self._file(entry, refusal, arrived)
        finally:
            self._outbox.remove(arrived)  # sent twice if this fails, counted once: each has its key
        if self._away is not None:
            raise self._away
        _report(arrived, self._to.failures)

    def outcome(self) -> Replayed:
        """What became of them all."""
        waiting = self.count["waiting"] + len(self._busy)
        return Replayed(self.count["sent"], waiting, self.count["set_aside"])

    def _sent(self, entries: Iterable[OutboxEntry]) -> list[tuple[OutboxEntry, Exception | None]]:
        by_prediction: dict[str, list[OutboxEntry]] = {}
        for entry in entries:
            by_prediction.setdefault(entry.prediction_id, []).append(entry)
        return [one for done in self._pool.map(self._send_in_order, by_prediction.values()) for one in done]

    def _send_in_order(self, entries: Iterable[OutboxEntry]) -> list[tuple[OutboxEntry, Exception | None]]:
        done: list[tuple[OutboxEntry, Exception | None]] = []
        for entry in entries:
            if self._away is not None:
                break
            try:
                done.append((entry, _send(entry, self._to)))
            except StoreBusy as busy:
                # One entry alone may meet a locked row; several mean that the table is locked.
                self._busy.append(entry)
                if len(self._busy) >= BUSY_AFTER:
                    self._away = busy
                break
            except StoreUnavailable as away:
                self._away = away
        return done

    def _file(self, entry: OutboxEntry, refusal: Exception | None, arrived: list[OutboxEntry]) -> None:
        if refusal is None:
            arrived.append(entry)
            self.count["sent"] += 1
        elif isinstance(refusal, PredictionNotFound) and self._may_wait(entry):
            self.count["waiting"] += 1
        else:
            self._set_aside(entry, refusal)
            self.count["set_aside"] += 1

    def _may_wait(self, entry: OutboxEntry) -> bool:
        """A prediction that is not there yet may still come; another person's never becomes theirs."""
        is_young = datetime.now(UTC) - _put_at(entry) < self._patience
        return is_young and self._to.predictions.get(entry.prediction_id) is None

    def _set_aside(self, entry: OutboxEntry, refusal: Exception) -> None:
        code = refusal.code if isinstance(refusal, TyreloopError) else type(refusal).__name__
        self._outbox.set_aside(entry, code)
        log.error("outbox_entry_set_aside", kind=entry.kind, entry=entry.id, reason=code)
        stage = f"{entry.kind}_refused"
        self._to.failures.add(failed_at=_put_at(entry), stage=stage, error=code, writes=1)


def _send(entry: OutboxEntry, to: Receivers) -> Exception | None:
    """Nothing when the entry arrived or has become void, else why it was refused."""
    try:
        _deliver(entry, to)
    except StoreUnavailable:
        raise
    except PredictionNotFound as refusal:
        return None if to.erasures.was_erased(entry.prediction_id) else refusal
    except Exception as refusal:  # noqa: BLE001 - one unreadable entry must not hold up the others
        return refusal
    return None


def _deliver(entry: OutboxEntry, to: Receivers) -> None:
    if entry.kind is Kind.PREDICTION:
        to.predictions.add(prediction_in(entry))
        return
    change = change_in(entry)
    feedback: Feedback[Any] = to.votes if entry.kind is Kind.VOTE else to.corrections
    if change.said is not None:
        feedback.save(change.said, key=change.key)
    else:
        feedback.withdraw(entry.prediction_id, entry.visitor, at=change.at, key=change.key)


def _report(entries: Iterable[OutboxEntry], failures: PostgresWriteFailures) -> None:
    by_minute = Counter((_put_at(entry).replace(second=0, microsecond=0), entry.kind) for entry in entries)
    for (minute, kind), writes in by_minute.items():
        failures.add(failed_at=minute, stage=kind.value, error=StoreUnavailable.code, writes=writes)


def _put_at(entry: OutboxEntry) -> datetime:
    return datetime.fromtimestamp(entry.put_at, UTC)


class Sweeper:
    """A thread that empties the outbox; it starts with the first entry and sleeps while there is none."""

    def __init__(self, outbox: Outbox, to: Receivers, breaker: Breaker) -> None:
        self._outbox = outbox
        self._to = to
        self._breaker = breaker
        self._work = Event()
        self._closed = Event()
        self._lock = Lock()
        self._thread: Thread | None = None

    def wake(self) -> None:
        """Something was put in."""
        with self._lock:
            if self._thread is None and not self._closed.is_set():
                self._thread = Thread(target=self._sweep, name="outbox-sweeper", daemon=True)
                self._thread.start()
        self._work.set()

    def close(self, *, wait_seconds: float = 5.0) -> None:
        """Stop; what still waits is sent at the next start."""
        self._closed.set()
        self._work.set()
        if self._thread is not None:
            self._thread.join(wait_seconds)

    def _sweep(self) -> None:
        pause = SHORTEST_PAUSE
        while not self._closed.is_set():
            self._work.wait()
            self._work.clear()
            pause = SHORTEST_PAUSE if self._sweep_once() else min(pause * 2, LONGEST_PAUSE)
            if self._outbox_has_entries():
                self._closed.wait(pause * uniform(0.8, 1.2))
                self._work.set()

    def _sweep_once(self) -> bool:
        """Whether anything arrived."""
        try:
            replayed = sweep(self._outbox, self._to)
        except StoreUnavailable:
            return False
        except Exception:
            log.exception("outbox_not_swept")
            return False
        if replayed.sent:
            self._breaker.reset()
            log.info("outbox_sent", sent=replayed.sent, waiting=replayed.waiting)
        return bool(replayed.sent)

    def _outbox_has_entries(self) -> bool:
        try:
            return self._outbox.count() > 0
        except StoreUnavailable:
            return True


def sweep(outbox: Outbox, to: Receivers) -> Replayed:
    """Send what waits, unless another process is doing so."""
    with turn(outbox.file.with_suffix(".lock")) as is_ours:
        if not is_ours:
            return Replayed()
        if adopted := adopt_former_files(outbox):
            log.info("outbox_files_adopted", entries=adopted)
        return replay(outbox, to)


@contextmanager
def turn(file: Path) -> Iterator[bool]:
    """Whether it is ours: one process of the machine at a time."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with file.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
