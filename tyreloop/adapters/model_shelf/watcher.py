"""Looks at the registry again and again, in a thread of its own."""

from __future__ import annotations

from random import uniform
from threading import Event, Thread

import structlog

from tyreloop.adapters.model_shelf.shelf import ModelShelf

log = structlog.get_logger(__name__)

JITTER = 0.2  # services started together do not ask together


class Watcher:
    """Keeps a shelf up to date until it is stopped."""

    def __init__(self, shelf: ModelShelf, *, every_seconds: float) -> None:
        self._shelf = shelf
        self._every = every_seconds
        self._wake = Event()
        self._stopping = Event()
        self._thread = Thread(target=self._watch, name="model-watcher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def look_now(self) -> None:
        """Do not wait for the next round, and give refused versions another try."""
        self._shelf.forgive()
        self._wake.set()

    def stop(self, *, wait_seconds: float = 2.0) -> None:
        self._stopping.set()
        self._wake.set()
        self._thread.join(wait_seconds)

    def _watch(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                self._shelf.look()
            except Exception:
                log.exception("model_look_failed")  # whatever it was, the next look may succeed
            self._wake.wait(self._every * uniform(1 - JITTER, 1 + JITTER))
