"""Remembers that the database was away a moment ago, so that nobody waits to learn it again."""

from __future__ import annotations

from time import monotonic


class Breaker:
    """Open for a few seconds after a failure, unless something got through meanwhile."""

    def __init__(self, *, seconds: float = 5.0) -> None:
        self._seconds = seconds
        self._open_until = 0.0

    @property
    def is_open(self) -> bool:
        return monotonic() < self._open_until

    def trip(self) -> None:
        """The database did not answer."""
        self._open_until = monotonic() + self._seconds

    def reset(self) -> None:
        """The database answered."""
        self._open_until = 0.0
