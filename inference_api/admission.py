"""Lets in as many photos as the cores can judge, a short fair queue behind them, and nobody beyond it."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock
from time import monotonic

from tyreloop.domain.errors import ServiceBusy

MEMORY_OF_HELD = 0.1  # how much the latest photo counts in the mean time that a slot is held
BUSY = "More photos are waiting than we can answer in time. Try again in a moment."


class Admission:
    """Slots for work, and a queue that serves its visitors in turn."""

    def __init__(
        self,
        *,
        slots: int,
        waiting: int = 64,
        promised_seconds: float = 2.0,
        max_wait_seconds: float = 4.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._slots = self._free = slots
        self._most_waiting = waiting
        self._most_of_one = max(waiting * 3 // 4, 1)  # one visitor leaves places for others
        self._promised = promised_seconds
        self._max_wait = max_wait_seconds
        self._clock = clock
        self._held_seconds = 0.0
        self._lines: OrderedDict[str, deque[Event]] = OrderedDict()
        self._lock = Lock()
        self._closed = False
        self.waiting = 0
        self.working = 0

    @property
    def is_quiet(self) -> bool:
        """One photo at most is being judged, and nobody waits."""
        return self.working <= 1 and not self.waiting

    @property
    def has_room(self) -> bool:
        """Whether one more photo could be answered in time."""
        return not (self._closed or self._is_full())

    def require_room(self) -> None:
        """Refuse before a body is read, when it would be refused afterwards."""
        if not self.has_room:
            raise ServiceBusy(BUSY)

    def close(self) -> None:
        """Take no more: the process is about to end, and those inside are served first."""
        self._closed = True

    @contextmanager
    def slot(self, visitor: str) -> Iterator[float]:
        """Wait for a slot; gives the seconds waited, or refuses."""
        came = self._clock()
        self._enter(visitor)
        began = self._clock()
        try:
            yield began - came
        finally:
            self._leave(self._clock() - began)

    def _is_full(self) -> bool:
        """So many wait, or so slowly are they served, that one more would wait too long."""
        ahead = self.waiting * self._held_seconds / self._slots
        return self.waiting >= self._most_waiting or ahead > self._promised

    def _enter(self, visitor: str) -> None:
        with self._lock:
            if self._free and not self._lines:
                self._free -= 1
                self.working += 1
                return
            turn = self._line_up(visitor)
        if not turn.wait(self._max_wait):
            self._give_up(visitor, turn)

    def _line_up(self, visitor: str) -> Event:
        line = self._lines.get(visitor)
        if self._is_full() or (line and len(line) >= self._most_of_one):
            raise ServiceBusy(BUSY)
        turn = Event()
        self._lines.setdefault(visitor, deque()).append(turn)
        self.waiting += 1
        return turn

    def _give_up(self, visitor: str, turn: Event) -> None:
        with self._lock:
            if turn.is_set():
                return  # the slot came in the last moment: use it
            line = self._lines[visitor]
            line.remove(turn)
            if not line:
                del self._lines[visitor]
            self.waiting -= 1
        raise ServiceBusy(BUSY)

    def _leave(self, held_seconds: float) -> None:
        with self._lock:
            self._held_seconds += (held_seconds - self._held_seconds) * MEMORY_OF_HELD
            if not self._lines:
                self._free += 1
                self.working -= 1
                return
            visitor, line = self._lines.popitem(last=False)
            turn = line.popleft()
            if line:
                self._lines[visitor] = line  # behind everybody else
            self.waiting -= 1
            turn.set()
