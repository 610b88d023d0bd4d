"""Runs one job: once at a time, with a row about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import structlog

from tyreloop.domain.errors import TyreloopError
from tyreloop.files.photos import build_photo_store
from tyreloop.jobs.job import Details, Job, Tools
from tyreloop.settings import Settings
from tyreloop.store.db import Database
from tyreloop.store.task_runs import JobRuns

log = structlog.get_logger(__name__)

JOBS_ROLE = "tyreloop_jobs"
LONGEST_STATEMENT_SECONDS = 1800.0  # a recount of a hundred million rows


@contextmanager
def job_tools(settings: Settings) -> Iterator[Tools]:
    """What jobs use, closed at the end."""
    dsn = settings.postgres_dsn
    database = Database(dsn, role=JOBS_ROLE, connections=4, statement_seconds=LONGEST_STATEMENT_SECONDS)
    try:
        yield Tools(
            settings=settings,
            database=database,
            runs=JobRuns(dsn, role=JOBS_ROLE),
            photos=build_photo_store(settings),
            clock=lambda: datetime.now(UTC),
        )
    finally:
        database.close()


def run_job(job: Job, tools: Tools, **options: int) -> Details | None:
    """The job's figures; nothing when another process runs the same job now."""
    with tools.runs.turn(job.name) as turn:
        if turn is None:
            log.info("job_runs_already", job=job.name)
            return None
        try:
            details = job.work(tools, **{**job.options, **options})
        except Exception as error:
            code = error.code if isinstance(error, TyreloopError) else type(error).__name__
            turn.finish("failed", {"error": code})
            log.error("job_failed", job=job.name, error=code)
            raise
        turn.finish("done", details)
        log.info("job_done", job=job.name, **details)
        return details
