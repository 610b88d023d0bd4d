"""What people order, and a worker carries out: asked for once, done once, whoever dies in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NewType
from uuid import uuid4

from tyreloop.domain.errors import TyreloopError

OrderId = NewType("OrderId", str)
MAX_TRIES = 3
LEASE = timedelta(seconds=30)


class OrderKind(StrEnum):
    """What can be asked for."""

    TRAINING = "training"
    INSPECTION = "inspection"


class OrderState(StrEnum):
    """How an order stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # what was asked cannot be done; trying again would not help
    CANCELLED = "cancelled"
    PARKED = "parked"  # it broke its worker, or itself, three times

    @property
    def is_over(self) -> bool:
        return self not in (OrderState.QUEUED, OrderState.RUNNING)


class Standing(StrEnum):
    """What a worker hears when it renews the lease of its order."""

    OURS = "ours"
    CANCEL = "cancel"
    LOST = "lost"  # somebody else has it by now


class OrderCancelled(TyreloopError):
    """Somebody asked to stop this order."""

    code = "job_cancelled"


class WorkerStops(TyreloopError):
    """The worker ends, the order does not: it waits for the next worker, and this was no attempt."""

    code = "worker_stops"


class OrderLost(TyreloopError):
    """Another worker has taken this order up: whatever this one still does would be done twice."""

    code = "job_lost"


@dataclass(frozen=True, slots=True)
class Order:
    """One piece of work that somebody asked for."""

    id: OrderId
    kind: str
    parameters: Mapping[str, Any]
    asked_by: str
    asked_at: datetime
    request_id: str = ""
    state: OrderState = OrderState.QUEUED
    tries: int = 0
    progress: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    cancel_asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """Something the work on an order said."""

    number: int
    written_at: datetime
    line: str


@dataclass(slots=True)
class Pace:
    """How far a piece of work is, and how long the rest takes if it goes on as it has gone so far."""

    total: int
    seconds: Callable[[], float]
    _start: tuple[float, float] | None = None  # how far it was at the first look, and when: it may resume

    def at(self, done: float) -> dict[str, Any]:
        """As the pages show it; nobody knows the time left at the first look."""
        now = self.seconds()
        first, began = self._start = self._start or (done, now)
        left = round((self.total - done) * (now - began) / (done - first)) if done > first else None
        return {"done": round(done, 2), "total": self.total, "seconds_left": left}


def new_order_id() -> OrderId:
    return OrderId(uuid4().hex)
