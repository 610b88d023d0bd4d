"""Small work that is done again and again beside the requests."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread


class PeriodicThread:
    """One piece of work every few seconds, in a thread of its own, until it is stopped."""

    def __init__(self, name: str, work: Callable[[], object], *, every_seconds: float) -> None:
        self._work = work
        self._every = every_seconds
        self._stopping = Event()
        self._thread = Thread(target=self._go, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """A round that has begun is finished."""
        self._stopping.set()
        self._thread.join(2 * self._every)

    def _go(self) -> None:
        while not self._stopping.wait(self._every):
            self._work()
