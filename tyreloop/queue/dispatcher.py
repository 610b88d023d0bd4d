"""Tells workers of jobs that wait: who asks for work writes a row, and need not reach the broker."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

import structlog

from tyreloop.domain.errors import StoreUnavailable
from tyreloop.domain.orders import JobId
from tyreloop.loop_ports import Queueing

log = structlog.get_logger(__name__)
LOOK_EVERY_SECONDS = 1.0
Send = Callable[[JobId], None]


class Dispatcher:
    """Looks at the table every second; any number of them may."""

    def __init__(self, using: Queueing, send: Send, stopping: Event) -> None:
        self._using = using
        self._send = send
        self._stopping = stopping
        self._is_told_of_trouble = False

    def start(self) -> None:
        """Look from now on, in a thread of its own."""
        Thread(target=self._run, name="dispatcher", daemon=True).start()

    def look(self) -> None:
        """Tell of what waits now; what the broker does not take is told again."""
        for job_id in self._using.jobs.to_dispatch(at=self._using.clock()):
            try:
                self._send(job_id)
            except Exception:
                self._using.jobs.undo_dispatch(job_id)
                raise

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_EVERY_SECONDS):
            try:
                self.look()
            except StoreUnavailable as error:
                self._tell("database", error)
            except Exception as error:  # noqa: BLE001 - a broker's errors share no base class
                self._tell("broker", error)
            else:
                self._is_told_of_trouble = False

    def _tell(self, what: str, error: Exception) -> None:
        if not self._is_told_of_trouble:
            log.warning("dispatch_waits", for_=what, reason=str(error).split("\n")[0][:200])
            self._is_told_of_trouble = True
