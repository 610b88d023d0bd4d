"""What a task is, what it is given, and how it runs: once at a time, with a row about each run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import structlog

from tyreloop.domain.errors import InvalidRequest, TyreloopError
from tyreloop.files.photos import ObjectPhotoStore, build_photo_store
from tyreloop.settings import Settings
from tyreloop.store.db import Database
from tyreloop.store.task_runs import JobRuns

log = structlog.get_logger(__name__)

ROLE = "tyreloop_jobs"
LONGEST_STATEMENT_SECONDS = 1800.0  # a recount of a hundred million rows
Details = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tools:
    """What every task may use."""

    settings: Settings
    database: Database
    runs: JobRuns
    photos: ObjectPhotoStore
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Task:
    """A name, a purpose, the work and when it is due; options are whole numbers with a default."""

    name: str
    purpose: str
    work: Callable[..., Details]
    schedule: str = ""  # the five fields of a crontab; empty: when somebody asks
    options: Mapping[str, int] = field(default_factory=dict)


TASKS: dict[str, Task] = {}  # filled where the modules that declare them are imported: see catalogue.py


def task(name: str, *, schedule: str = "", **options: int) -> Callable[[Callable[..., Details]], Task]:
    """Declare a function as a task; its first sentence says what for."""

    def declare(work: Callable[..., Details]) -> Task:
        purpose = (work.__doc__ or "").strip().split("\n")[0]
        TASKS[name] = Task(name, purpose, work, schedule, options)
        return TASKS[name]

    return declare


def task_named(name: str) -> Task:
    """The task, or one sentence that names those there are."""
    if name not in TASKS:
        raise InvalidRequest(f"There is no job {name}. There are: {', '.join(TASKS)}.")
    return TASKS[name]


def read_options(task: Task, words: Sequence[str]) -> Mapping[str, int]:
    """The options by their names, as in `--days 30`; all are whole numbers, from one."""
    found: dict[str, int] = {}
    for name, value in zip(words[::2], [*words[1::2], ""], strict=False):
        known = name.removeprefix("--")
        if not name.startswith("--") or known not in task.options or not value.isdecimal() or int(value) < 1:
            usage = " ".join(f"--{name} NUMBER" for name in task.options) or "no options"
            raise InvalidRequest(f"The job {task.name} takes {usage}.")
        found[known] = int(value)
    return found


@contextmanager
def task_tools(settings: Settings) -> Iterator[Tools]:
    """What tasks use, closed at the end."""
    dsn = settings.postgres_dsn
    database = Database(dsn, role=ROLE, connections=4, statement_seconds=LONGEST_STATEMENT_SECONDS)
    try:
        yield Tools(
            settings=settings,
            database=database,
            runs=JobRuns(dsn, role=ROLE),
            photos=build_photo_store(settings),
            clock=lambda: datetime.now(UTC),
        )
    finally:
        database.close()


def run_task(task: Task, tools: Tools, **options: int) -> Details | None:
    """The run's figures; nothing when another process runs the same task now."""
    with tools.runs.turn(task.name) as turn:
        if turn is None:
            log.info("job_runs_already", job=task.name)
            return None
        try:
            details = task.work(tools, **{**task.options, **options})
        except Exception as error:
            code = error.code if isinstance(error, TyreloopError) else type(error).__name__
            turn.finish("failed", {"error": code})
            log.error("job_failed", job=task.name, error=code)
            raise
        turn.finish("done", details)
        log.info("job_done", job=task.name, **details)
        return details
