"""Keeps objects on this machine while their real place does not answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic

from tyreloop.domain.errors import PhotoNotFound, StoreUnavailable
from tyreloop.files.folder import Objects, ObjectSeen

ASK_AGAIN_SECONDS = 60.0  # an attempt costs more than judging a photo, and a silent place makes it last 20 s
FULL = "The photo store does not answer, and no more photos can wait for it on this machine."


class SpooledObjects:
    """What could not be written there is written here, bounded in number, and sent by a job."""

    def __init__(
        self,
        there: Objects,
        here: Objects,
        *,
        most_waiting: int = 2_000,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._there = there
        self._here = here
        self._most_waiting = most_waiting
        self._clock = clock
        self._ask_again_at = float("-inf")
        self._waiting = 0  # as counted when the place was last away, and what came since

    def write(self, name: str, data: bytes) -> None:
        if self._clock() >= self._ask_again_at:
            try:
                self._there.write(name, data)
                return
            except StoreUnavailable:
                self._waiting = sum(1 for _ in self._here.seen(""))
                self._ask_again_at = self._clock() + ASK_AGAIN_SECONDS
        self._keep_here(name, data)

    def _keep_here(self, name: str, data: bytes) -> None:
        if self._waiting >= self._most_waiting:
            raise StoreUnavailable(FULL)
        self._here.write(name, data)
        self._waiting += 1

    def read(self, name: str) -> bytes:
        try:
            return self._there.read(name)
        except (PhotoNotFound, StoreUnavailable) as error:
            with suppress(PhotoNotFound):
                return self._here.read(name)
            raise error

    def delete(self, name: str) -> None:
        self._here.delete(name)
        self._there.delete(name)

    def seen(self, prefix: str) -> Iterator[ObjectSeen]:
        yield from self._there.seen(prefix)
        yield from self._here.seen(prefix)

    def send_waiting(self) -> int:
        """Send what waits here; answers how many."""
        sent = 0
        for waiting in list(self._here.seen("")):
            self._there.write(waiting.name, self._here.read(waiting.name))
            self._here.delete(waiting.name)
            sent += 1
        return sent
