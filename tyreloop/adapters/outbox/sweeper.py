"""Empties an outbox in the background, at once or with longer and longer pauses."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import uniform
from threading import Event, Lock, Thread

import structlog

from tyreloop.adapters.outbox.box import Outbox
from tyreloop.adapters.outbox.breaker import Breaker
from tyreloop.adapters.outbox.replay import Receivers, Replayed, replay
from tyreloop.domain.errors import StoreUnavailable

log = structlog.get_logger(__name__)

SHORTEST_PAUSE, LONGEST_PAUSE = 0.25, 2.0


class Sweeper:
    """A thread that starts with the first letter and sleeps while the outbox is empty."""

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
            if self._outbox_has_letters():
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

    def _outbox_has_letters(self) -> bool:
        try:
            return self._outbox.count() > 0
        except StoreUnavailable:
            return True


def sweep(outbox: Outbox, to: Receivers) -> Replayed:
    """Send what waits, unless another process is doing so."""
    with _turn(outbox.file.with_suffix(".lock")) as is_ours:
        return replay(outbox, to) if is_ours else Replayed()


@contextmanager
def _turn(file: Path) -> Iterator[bool]:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with file.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
