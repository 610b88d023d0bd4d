"""The worker's process: takes jobs one after the other, and looks after those that nobody took."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any
from uuid import uuid4

import structlog
from celery import Celery, signals

from tyreloop.domain.orders import JobId
from tyreloop.loop_ports import Queueing, Work
from tyreloop.queue.app import QUEUE, TASK, build_app
from tyreloop.queue.dispatcher import Dispatcher
from tyreloop.settings import Settings
from tyreloop.store.db import Database
from tyreloop.store.orders import PostgresJobs
from tyreloop.use_cases.orders import run_job

log = structlog.get_logger(__name__)
ROLE = "tyreloop_jobs"
AT_ONCE = 2  # a training, and one short job beside it


@dataclass(slots=True)
class Worker:
    """One process with a name that no other has."""

    app: Celery
    using: Queueing
    works: Mapping[str, Work]
    name: str = field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:6]}")
    stopping: Event = field(default_factory=Event)

    def run(self) -> None:
        """Work until somebody ends the process; a job in hand goes back to the queue then."""
        self._listen()
        dispatcher = Dispatcher(self.using, self._send, self.stopping)
        dispatcher.start()
        options = ["--pool=threads", f"--concurrency={AT_ONCE}", "--loglevel=WARNING", f"--queues={QUEUE}"]
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        self.app.worker_main(["worker", *options, *quiet, f"--hostname=tyreloop@{self.name}"])

    def do(self, job_id: str) -> None:
        """What a message asks for."""
        state = run_job(
            JobId(job_id), worker=self.name, works=self.works, using=self.using, stopping=self.stopping
        )
        if state is not None:
            log.info("job_ended", job=job_id, state=state.value)

    def _listen(self) -> None:
        self.app.task(self.do, name=TASK)
        signals.worker_shutting_down.connect(self._stop, weak=False)
        signals.worker_ready.connect(_say_ready, weak=False)

    def _send(self, job_id: JobId) -> None:
        self.app.send_task(TASK, args=[job_id], retry=False)

    def _stop(self, **_: Any) -> None:
        self.stopping.set()


def _say_ready(**_: Any) -> None:
    log.info("worker_ready")


def queueing_in(database: Database, **patience: timedelta) -> Queueing:
    """The jobs of a database."""
    return Queueing(PostgresJobs(database, **patience), lambda: datetime.now(UTC))


def build_worker(settings: Settings, works: Mapping[str, Work], **patience: timedelta) -> Worker:
    """A worker over the settings' database and broker."""
    database = Database(settings.postgres_dsn, role=ROLE, connections=6)
    return Worker(build_app(settings), queueing_in(database, **patience), works)
