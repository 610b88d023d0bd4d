"""A long piece of work: asked for once, done once, whoever dies in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NewType
from uuid import uuid4

from tyreloop.domain.errors import TyreloopError

JobId = NewType("JobId", str)
MOST_TRIES = 3
LEASE = timedelta(seconds=30)


class JobKind(StrEnum):
    """What can be asked for."""

    TRAINING = "training"
    INSPECTION = "inspection"


class JobState(StrEnum):
    """How a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # what was asked cannot be done; trying again would not help
    CANCELLED = "cancelled"
    PARKED = "parked"  # it broke its worker, or itself, three times

    @property
    def is_over(self) -> bool:
        return self not in (JobState.QUEUED, JobState.RUNNING)


class Standing(StrEnum):
    """What a worker hears when it vouches for its job."""

    OURS = "ours"
    CANCEL = "cancel"
    LOST = "lost"  # somebody else has it by now


class JobCancelled(TyreloopError):
    """Somebody asked to stop this job."""

    code = "job_cancelled"


class WorkerStops(TyreloopError):
    """The worker ends, the job does not: it waits for the next worker, and this was no try."""

    code = "worker_stops"


class JobLost(TyreloopError):
    """Another worker has taken this job up: whatever this one still does would be done twice."""

    code = "job_lost"


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work."""

    id: JobId
    kind: str
    orders: Mapping[str, Any]
    asked_by: str
    asked_at: datetime
    request_id: str = ""
    state: JobState = JobState.QUEUED
    tries: int = 0
    progress: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    cancel_asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class JobLine:
    """Something a job said."""

    number: int
    written_at: datetime
    line: str


def new_job_id() -> JobId:
    return JobId(uuid4().hex)
