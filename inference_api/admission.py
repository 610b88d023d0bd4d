"""Lets in as many photos as the cores can judge, a short fair queue behind them, and nobody beyond it.

Two lanes, served in turn: photos, and what costs several of them (explanations). A crowd in one leaves the
other its places and every second slot.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock
from time import monotonic

from tyreloop.domain.errors import ServiceBusy

MEMORY_OF_HELD = 0.1  # how much the latest photo counts in the mean time that a slot is held
BUSY = "More photos are waiting than we can answer in time. Try again in a moment."


@dataclass(slots=True)
class Lane:
    """Those who wait for the same kind of work, each visitor in turn."""

    max_waiting: int
    held_seconds: float = 0.0  # a slot by one of them, on average
    waiting: int = 0
    of_address: Counter[str] = field(default_factory=Counter)
    _lines: OrderedDict[str, deque[tuple[Event, str]]] = field(default_factory=OrderedDict)

    def line_up(self, visitor: str, address: str) -> Event:
        turn = Event()
        self._lines.setdefault(visitor, deque()).append((turn, address))
        self.of_address[address] += 1
        self.waiting += 1
        return turn

    def serve_next(self) -> None:
        visitor, line = self._lines.popitem(last=False)
        turn, address = line.popleft()
        if line:
            self._lines[visitor] = line  # behind everybody else
        self._count_out(address)
        turn.set()

    def give_up(self, visitor: str, turn: Event, address: str) -> None:
        line = self._lines[visitor]
        line.remove((turn, address))
        if not line:
            del self._lines[visitor]
        self._count_out(address)

    def _count_out(self, address: str) -> None:
        self.waiting -= 1
        self.of_address[address] -= 1
        if not self.of_address[address]:
            del self.of_address[address]


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
        busy: str = BUSY,
    ) -> None:
        self._slots = self._free = slots
        self._max_of_one = max(waiting * 3 // 4, 1)  # one address leaves places for others
        self._promised = promised_seconds
        self._max_wait = max_wait_seconds
        self._clock = clock
        self._busy = busy
        self._light, self._heavy = Lane(waiting), Lane(max(waiting // 4, 1))
        self._turn_of = self._light
        self._lock = Lock()
        self._closed = False
        self.working = 0

    @property
    def waiting(self) -> int:
        return self._light.waiting + self._heavy.waiting

    @property
    def is_quiet(self) -> bool:
        """One photo at most is being judged, and nobody waits."""
        return self.working <= 1 and not self.waiting

    @property
    def has_room(self) -> bool:
        """Whether one more photo could be answered in time."""
        return not (self._closed or self._is_full(self._light))

    def require_room(self) -> None:
        """Refuse before a body is read, when it would be refused afterwards."""
        if not self.has_room:
            raise ServiceBusy(self._busy)

    def close(self) -> None:
        """Take no more: the process is about to end, and those inside are served first."""
        self._closed = True

    @contextmanager
    def slot(self, visitor: str, *, address: str = "", heavy: bool = False) -> Iterator[float]:
        """Wait for a slot; gives the seconds waited, or refuses."""
        lane, came = self._heavy if heavy else self._light, self._clock()
        self._enter(lane, visitor, address or visitor)
        began = self._clock()
        try:
            yield began - came
        finally:
            self._leave(lane, self._clock() - began)

    def _is_full(self, lane: Lane) -> bool:
        """So many wait, or so slowly are they served, that one more would wait too long."""
        other = self._light if lane is self._heavy else self._heavy
        ahead = lane.waiting * lane.held_seconds + min(other.waiting, lane.waiting) * other.held_seconds
        return lane.waiting >= lane.max_waiting or ahead / self._slots > self._promised

    def _enter(self, lane: Lane, visitor: str, address: str) -> None:
        with self._lock:
            if self._free and not self.waiting:
                self._free -= 1
                self.working += 1
                return
            if self._is_full(lane) or lane.of_address[address] >= self._max_of_one:
                raise ServiceBusy(self._busy)
            turn = lane.line_up(visitor, address)
        if turn.wait(self._max_wait):
            return
        with self._lock:
            if not turn.is_set():  # else the slot came in the last moment: use it
                lane.give_up(visitor, turn, address)
                raise ServiceBusy(self._busy)

    def _leave(self, lane: Lane, held_seconds: float) -> None:
        with self._lock:
            lane.held_seconds += (held_seconds - lane.held_seconds) * MEMORY_OF_HELD
            other = self._light if self._turn_of is self._heavy else self._heavy
            if not self.waiting:
                self._free += 1
                self.working -= 1
                return
            self._turn_of = other if other.waiting else self._turn_of
            self._turn_of.serve_next()
