"""Hangs up on callers who send their photo a byte at a time: each of them would hold a thread."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

from inference_api.periodic import PeriodicThread

LOOK_EVERY_SECONDS = 0.5


class SlowBodies:
    """Watches every body that is being read, and ends those that take too long.

    Without a lock: each step on the dictionary is one step of Python's, and a lock that every request takes
    four times makes hundreds of them stand in line behind each other when the service is overrun.
    """

    def __init__(self, *, most_seconds: float = 5.0) -> None:
        self._most = most_seconds
        self._reading: dict[int, tuple[float, socket.socket]] = {}

    def rounds(self) -> PeriodicThread:
        """The looks at them, which somebody has to start."""
        return PeriodicThread("slow-bodies", self.end_late_ones, every_seconds=LOOK_EVERY_SECONDS)

    @contextmanager
    def watched(self, environ: Mapping[str, Any]) -> Iterator[None]:
        """While this body is read; under a server that shows no socket, nothing is watched."""
        connection = environ.get("gunicorn.socket")
        if connection is None:
            yield
            return
        key = id(connection)
        self._reading[key] = (monotonic() + self._most, connection)
        try:
            yield
        finally:
            self._reading.pop(key, None)

    def end_late_ones(self) -> None:
        """The reader sees the body end early, which Flask answers with 400."""
        now = monotonic()
        for until, connection in list(self._reading.values()):
            if until < now:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RD)
