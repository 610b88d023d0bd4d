"""Orders: ask for long work, and carry it out once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

from tyreloop.domain.errors import InvalidRequest, NotFound, StoreUnavailable
from tyreloop.domain.orders import (
    MOST_TRIES,
    Job,
    JobCancelled,
    JobId,
    JobKind,
    JobLost,
    JobState,
    Standing,
    WorkerStops,
    new_job_id,
)
from tyreloop.domain.staff import Act, Actor, Right
from tyreloop.loop_ports import Queueing, Work

RIGHT_FOR: Mapping[str, Right] = {JobKind.TRAINING: Right.TRAIN, JobKind.INSPECTION: Right.CURATE}


def order_training(recipe: str, *, dataset: str | None, start: str | None, by: Actor, using: Queueing) -> Job:
    """Train by a recipe on a snapshot (none: on what the recipe draws), from a version or from nothing."""
    orders = {"recipe": recipe, "dataset": dataset, "start": start}
    return _order(JobKind.TRAINING, orders, by=by, using=using)


def order_inspection(dataset: str, *, by: Actor, using: Queueing) -> Job:
    """Let the model in Production answer every photo of a dataset."""
    return _order(JobKind.INSPECTION, {"dataset": dataset}, by=by, using=using)


def cancel_job(job_id: JobId, *, by: Actor, using: Queueing) -> None:
    """Stop it, at its next step if it runs."""
    _require(job_id, by, using)
    using.jobs.cancel(job_id, act=Act.of(by, "job_cancelled", f"job:{job_id}", using.clock()))


def retry_job(job_id: JobId, *, by: Actor, using: Queueing) -> None:
    """Let it go on where it stopped."""
    _require(job_id, by, using)
    using.jobs.retry(job_id, act=Act.of(by, "job_retried", f"job:{job_id}", using.clock()))


def _order(kind: JobKind, orders: Mapping[str, Any], *, by: Actor, using: Queueing) -> Job:
    by.require(RIGHT_FOR[kind])
    at = using.clock()
    job = Job(new_job_id(), kind, orders, by.name, at, by.request_id)
    using.jobs.submit(job, act=Act.of(by, "job_ordered", f"job:{job.id}", at, kind=kind.value, **orders))
    return job


def _require(job_id: JobId, by: Actor, using: Queueing) -> None:
    by.require(Right.TRAIN)
    if using.jobs.get(job_id) is None:
        raise NotFound("There is no such job.")


VOUCH_EVERY_SECONDS = 5.0
FINISH_TRIES = 120
CANNOT_BE_DONE = (InvalidRequest, NotFound)


@dataclass(slots=True)
class HeldJob:
    """A job in this worker's hands: a thread vouches for it, and hears when to stop."""

    job: Job
    worker: str
    using: Queueing
    stopping: Event
    standing: Standing = Standing.OURS
    _over: Event = field(default_factory=Event)

    def go_on(self) -> None:
        if self.standing is Standing.CANCEL:
            raise JobCancelled("Somebody asked to stop it.")
        if self.standing is Standing.LOST:
            raise JobLost("Another worker has this job by now.")
        if self.stopping.is_set():
            raise WorkerStops("The worker ends.")

    def report(self, progress: Mapping[str, Any], line: str = "") -> None:
        self.go_on()
        try:
            self.using.jobs.report(
                self.job.id, worker=self.worker, at=self.using.clock(), progress=progress, line=line
            )
        except StoreUnavailable:
            return  # a line less; the work itself goes on

    @contextmanager
    def vouched_for(self) -> Iterator[None]:
        """While the block runs, nobody else takes the job up."""
        thread = Thread(target=self._vouch, name=f"vouch-{self.job.id[:8]}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _vouch(self) -> None:
        while not self._over.wait(VOUCH_EVERY_SECONDS) and self.standing is not Standing.LOST:
            try:
                self.standing = self.using.jobs.vouch(self.job.id, worker=self.worker, at=self.using.clock())
            except StoreUnavailable:
                continue  # the lease outlives a short absence of the database


@dataclass(frozen=True, slots=True)
class _Ending:
    state: JobState
    result: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    was_a_try: bool = True


def run_job(
    job_id: JobId, *, worker: str, works: Mapping[str, Work], using: Queueing, stopping: Event
) -> JobState | None:
    """Take the job if it waits, do it, and write down how it ended; None where there was nothing to take."""
    job = using.jobs.begin(job_id, worker=worker, at=using.clock())
    if job is None:
        return None
    held = HeldJob(job, worker, using, stopping)
    with held.vouched_for():
        ending = _do(held, works)
        if ending is not None:
            _write_down(ending, held)
    return ending.state if ending else None


def _do(held: HeldJob, works: Mapping[str, Work]) -> _Ending | None:
    """How it ended; None where it is somebody else's by now."""
    try:
        return _Ending(JobState.DONE, _work_for(held.job, works)(held))
    except JobLost:
        return None
    except Exception as error:  # noqa: BLE001 - whatever breaks a job must not break its worker
        return _ending_by(error, held.job)


def _work_for(job: Job, works: Mapping[str, Work]) -> Work:
    if job.kind not in works:
        raise InvalidRequest(f"Nobody here knows how to do {job.kind!r}.")
    return works[job.kind]


def _ending_by(error: Exception, job: Job) -> _Ending:
    if isinstance(error, JobCancelled):
        return _Ending(JobState.CANCELLED)
    if isinstance(error, WorkerStops):
        return _Ending(JobState.QUEUED, was_a_try=False)
    if isinstance(error, CANNOT_BE_DONE):
        return _Ending(JobState.FAILED, error=str(error))
    again = job.tries < MOST_TRIES
    return _Ending(JobState.QUEUED if again else JobState.PARKED, error=f"{type(error).__name__}: {error}")


def _write_down(ending: _Ending, held: HeldJob) -> None:
    """Work that took hours is not thrown away because the database is away for a minute."""
    for _ in range(FINISH_TRIES):
        try:
            held.using.jobs.finish(
                held.job.id,
                worker=held.worker,
                at=held.using.clock(),
                state=ending.state,
                result=ending.result,
                error=ending.error,
                was_a_try=ending.was_a_try,
            )
        except StoreUnavailable:
            held.stopping.wait(VOUCH_EVERY_SECONDS)
        else:
            return
