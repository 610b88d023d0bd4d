"""Long pieces of work, kept in a dictionary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tyreloop.adapters.memory.staff import MemoryAuditLog
from tyreloop.domain.errors import Conflict
from tyreloop.domain.orders import (
    LEASE,
    MAX_TRIES,
    Order,
    OrderId,
    OrderKind,
    OrderLine,
    OrderState,
    Standing,
)
from tyreloop.domain.staff import Act

TELL_AGAIN_AFTER = timedelta(seconds=60)
MOST_TOLD = 16


class MemoryOrders:
    """The Orders port."""

    def __init__(self, audit: MemoryAuditLog) -> None:
        self._audit = audit
        self._jobs: dict[OrderId, Order] = {}
        self._lines: dict[OrderId, list[OrderLine]] = {}
        self._told: dict[OrderId, datetime] = {}
        self._leases: dict[OrderId, tuple[str, datetime]] = {}

    def submit(self, job: Order, *, act: Act) -> None:
        self._jobs[job.id] = job
        self._audit.add(act)

    def get(self, job_id: OrderId) -> Order | None:
        return self._jobs.get(job_id)

    def latest(self, *, limit: int, kind: str | None = None) -> Sequence[Order]:
        asked = [job for job in self._jobs.values() if kind in (None, job.kind)]
        return sorted(asked, key=lambda job: job.asked_at, reverse=True)[:limit]

    def lines(self, job_id: OrderId, *, after: int = 0, limit: int = 500) -> Sequence[OrderLine]:
        return [line for line in self._lines.get(job_id, []) if line.number > after][:limit]

    def cancel(self, job_id: OrderId, *, act: Act) -> None:
        job = self._jobs.get(job_id)
        if job is None or job.state.is_over:
            raise Conflict("This job is over already.")
        at = act.happened_at
        waits = job.state is OrderState.QUEUED
        changes: dict[str, Any] = {"state": OrderState.CANCELLED, "finished_at": at} if waits else {}
        self._jobs[job_id] = replace(job, cancel_asked_at=at, **changes)
        self._audit.add(act)

    def retry(self, job_id: OrderId, *, act: Act) -> None:
        job = self._jobs.get(job_id)
        if job is None or job.state not in (OrderState.FAILED, OrderState.CANCELLED, OrderState.PARKED):
            raise Conflict("Only a job that ended without success can be tried again.")
        self._jobs[job_id] = replace(
            job, state=OrderState.QUEUED, tries=0, error="", finished_at=None, cancel_asked_at=None
        )
        self._told.pop(job_id, None)
        self._audit.add(act)

    def to_dispatch(self, *, at: datetime) -> Sequence[OrderId]:
        for job_id, (_, until) in list(self._leases.items()):
            if until < at:
                self._take_back(self._jobs[job_id], at)
        waiting = sorted(
            (job for job in self._jobs.values() if job.state is OrderState.QUEUED),
            key=lambda job: (job.asked_at, job.id),
        )
        told = [job for job in waiting if self._was_told(job, at)]
        chosen = [job.id for job in waiting if job not in told and self._may_begin(job, waiting)]
        chosen = chosen[: max(MOST_TOLD - len(told), 0)]
        self._told |= dict.fromkeys(chosen, at)
        return chosen

    def undo_dispatch(self, job_id: OrderId) -> None:
        self._told.pop(job_id, None)

    def begin(self, job_id: OrderId, *, worker: str, at: datetime) -> Order | None:
        job = self._jobs.get(job_id)
        if job is None or job.state is not OrderState.QUEUED or self._another_trains(job):
            return None
        started = job.started_at or at
        job = replace(job, state=OrderState.RUNNING, tries=job.tries + 1, started_at=started)
        self._jobs[job_id], self._leases[job_id] = job, (worker, at + LEASE)
        return job

    def renew_lease(self, job_id: OrderId, *, worker: str, at: datetime) -> Standing:
        if not self._is_held(job_id, worker):
            return Standing.LOST
        self._leases[job_id] = (worker, at + LEASE)
        return Standing.CANCEL if self._jobs[job_id].cancel_asked_at else Standing.OURS

    def report(
        self, job_id: OrderId, *, worker: str, at: datetime, progress: Mapping[str, Any], line: str = ""
    ) -> None:
        if not self._is_held(job_id, worker):
            return
        self._jobs[job_id] = replace(self._jobs[job_id], progress=dict(progress))
        if line:
            lines = self._lines.setdefault(job_id, [])
            lines.append(OrderLine(len(lines) + 1, at, line[:500]))

    def finish(
        self,
        job_id: OrderId,
        *,
        worker: str,
        at: datetime,
        state: OrderState,
        result: Mapping[str, Any],
        error: str = "",
        counts_as_attempt: bool = True,
    ) -> bool:
        if not self._is_held(job_id, worker):
            return False
        del self._leases[job_id]
        self._told.pop(job_id, None)
        over = at if state.is_over else None
        job = self._jobs[job_id]
        tries = job.tries if counts_as_attempt else job.tries - 1
        self._jobs[job_id] = replace(
            job, state=state, result=dict(result), error=error, finished_at=over, tries=tries
        )
        return True

    def _is_held(self, job_id: OrderId, worker: str) -> bool:
        return self._leases.get(job_id, ("",))[0] == worker

    def _take_back(self, job: Order, at: datetime) -> None:
        del self._leases[job.id]
        self._told.pop(job.id, None)
        state, over = OrderState.QUEUED, None
        if job.cancel_asked_at:
            state, over = OrderState.CANCELLED, at
        elif job.tries >= MAX_TRIES:
            state, over = OrderState.PARKED, at
        error = "Its worker died each time." if job.tries >= MAX_TRIES else job.error
        self._jobs[job.id] = replace(job, state=state, finished_at=over, error=error)

    def _was_told(self, job: Order, at: datetime) -> bool:
        return job.id in self._told and self._told[job.id] > at - TELL_AGAIN_AFTER

    def _another_trains(self, job: Order) -> bool:
        return job.kind == OrderKind.TRAINING and any(
            other.kind == OrderKind.TRAINING and other.state is OrderState.RUNNING
            for other in self._jobs.values()
        )

    def _may_begin(self, job: Order, waiting: Sequence[Order]) -> bool:
        if job.kind != OrderKind.TRAINING:
            return True
        first = next(other for other in waiting if other.kind == OrderKind.TRAINING)
        return first is job and not self._another_trains(job)
