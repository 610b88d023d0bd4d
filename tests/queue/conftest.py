from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tyreloop.adapters.memory.queue import MemoryJobs
from tyreloop.adapters.memory.staff import MemoryAuditLog
from tyreloop.domain.orders import Job, JobId, new_job_id
from tyreloop.domain.staff import Act, Actor, Role
from tyreloop.loop_ports import AuditLog, Queueing
from tyreloop.store.db import Database
from tyreloop.store.orders import PostgresJobs
from tyreloop.store.staff import PostgresAuditLog

SUE = Actor("user:sue", Role.SCIENTIST.rights, "request-3", is_known=True)


class Time:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class House:
    """The jobs, and the people and workers around them."""

    using: Queueing
    audit: AuditLog
    time: Time

    def order(self, kind: str = "inspection", **orders: Any) -> JobId:
        self.time.passes(seconds=1)
        job = Job(new_job_id(), kind, orders, SUE.name, self.time(), SUE.request_id)
        self.using.jobs.submit(job, act=Act.of(SUE, "job_ordered", job.id, self.time()))
        return job.id

    def job(self, job_id: JobId) -> Job:
        found = self.using.jobs.get(job_id)
        assert found is not None
        return found


def house_in(database: Database) -> House:
    time = Time()
    return House(Queueing(PostgresJobs(database), time), PostgresAuditLog(database), time)


@pytest.fixture(params=["memory", "postgres"])
def house(request: pytest.FixtureRequest) -> House:
    if request.param == "postgres":
        return house_in(request.getfixturevalue("database"))
    audit, time = MemoryAuditLog(), Time()
    return House(Queueing(MemoryJobs(audit), time), audit, time)
