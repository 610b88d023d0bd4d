"""Keeps objects on this machine while their real place does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from tyreloop.adapters.photo_store.objects import Objects, ObjectSeen
from tyreloop.domain.errors import PhotoNotFound, StoreUnavailable


class SpooledObjects:
    """What could not be written there is written here, bounded in number, and sent by a job."""

    def __init__(self, there: Objects, here: Objects, *, most_waiting: int = 2_000) -> None:
        self._there = there
        self._here = here
        self._most_waiting = most_waiting

    def write(self, name: str, data: bytes) -> None:
        try:
            self._there.write(name, data)
        except StoreUnavailable:
            if sum(1 for _ in self._here.seen("")) >= self._most_waiting:
                raise
            self._here.write(name, data)

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
