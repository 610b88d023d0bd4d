"""Cuts a connection whose server has gone silent: neither side's own limits see that."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread
from time import monotonic

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

LOOK_EVERY_SECONDS = 0.25


class Watchdog:
    """Bounds how long anybody waits for an answer on a connection."""

    def __init__(self, *, patience_seconds: float) -> None:
        self._patience_seconds = patience_seconds
        self._deadlines: dict[int, tuple[float, Connection]] = {}
        self._lock = Lock()
        self._closed = Event()
        self._thread: Thread | None = None

    @contextmanager
    def watching(self, connection: Connection) -> Iterator[None]:
        """Whoever works on the connection gets an error when the server stays silent for too long."""
        with self._lock:
            self._deadlines[id(connection)] = (monotonic() + self._patience_seconds, connection)
            self._start()
        try:
            yield
        finally:
            with self._lock:  # never while it is being cut: its descriptor could belong to another by then
                del self._deadlines[id(connection)]

    def close(self) -> None:
        """Stop looking."""
        self._closed.set()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._look, name="database-watchdog", daemon=True)
            self._thread.start()

    def _look(self) -> None:
        while not self._closed.wait(LOOK_EVERY_SECONDS):
            with self._lock:
                self._cut_overdue()

    def _cut_overdue(self) -> None:
        now = monotonic()
        for deadline, connection in self._deadlines.values():
            if deadline < now and not connection.closed:
                _cut(connection)


def _cut(connection: Connection) -> None:
    with socket.socket(fileno=os.dup(connection.fileno())) as twin:
        try:
            twin.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the other side was faster
