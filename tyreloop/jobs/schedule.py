"""Runs the jobs of crontab/crontab when their time comes, in a container and on one machine alike."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

import structlog
from cronsim import CronSim, CronSimError

from tyreloop.domain.errors import NotConfigured, TyreloopError
from tyreloop.jobs.catalogue import job_named
from tyreloop.jobs.job import Job, Tools
from tyreloop.jobs.options import read_options
from tyreloop.jobs.run import run_job

log = structlog.get_logger(__name__)

CRONTAB = Path(__file__).parents[2] / "crontab" / "crontab"
COMMAND = ["tyreloop", "jobs", "run"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the schedule."""

    when: str
    job: Job
    options: Mapping[str, int] = field(default_factory=dict)

    def next_time(self, after: datetime) -> datetime:
        """The next moment in the time zone of the given one."""
        return next(CronSim(self.when, after))


def read_schedule(text: str) -> list[Line]:
    """The lines of a crontab; each runs a job of ours."""
    lines = enumerate(text.splitlines(), start=1)
    return [_read_line(number, line) for number, line in lines if line.strip() and line.strip()[0] != "#"]


def _read_line(number: int, line: str) -> Line:
    *when, command = line.split(maxsplit=5)
    words = shlex.split(command)
    try:
        if len(when) != 5 or words[:3] != COMMAND:
            raise NotConfigured("it must be five fields and `tyreloop jobs run NAME`")
        job = job_named(words[3])
        found = Line(" ".join(when), job, read_options(job, words[4:]))
        CronSim(found.when, datetime.now())  # noqa: DTZ005 - only to see whether it can be read
    except (TyreloopError, CronSimError, IndexError) as error:
        raise NotConfigured(f"Line {number} of the schedule cannot be used: {error}") from error
    return found


class Runner:
    """Starts each job in a thread of its own; one that still runs is not started again."""

    def __init__(self, lines: Iterable[Line], tools: Tools) -> None:
        self._lines = list(lines)
        self._tools = tools
        self._running: dict[str, Thread] = {}

    def run(self, stop: Event, *, now: datetime) -> None:
        """Until told to stop; what was missed while the machine slept is not made up for."""
        while not stop.is_set():
            due_at = min(line.next_time(now) for line in self._lines)
            while not stop.is_set() and (left := (due_at - datetime.now(now.tzinfo)).total_seconds()) > 0:
                stop.wait(min(left, 30))
            if stop.is_set():
                break
            self.start_due(before=now, at=due_at)
            now = max(due_at, datetime.now(now.tzinfo))
        self.wait()

    def start_due(self, *, before: datetime, at: datetime) -> None:
        """Start what becomes due at a moment."""
        for line in self._lines:
            if line.next_time(before) <= at:
                self._start(line)

    def wait(self, *, seconds: float = 20.0) -> None:
        """Let the jobs end that run now, for a bounded time."""
        for thread in self._running.values():
            thread.join(seconds)

    def _start(self, line: Line) -> None:
        running = self._running.get(line.job.name)
        if running is not None and running.is_alive():
            log.warning("job_still_runs", job=line.job.name)
            return
        thread = Thread(target=self._run, args=(line,), name=line.job.name, daemon=True)
        self._running[line.job.name] = thread
        thread.start()

    def _run(self, line: Line) -> None:
        try:
            run_job(line.job, self._tools, **line.options)
        except TyreloopError as error:
            log.warning("job_not_done", job=line.job.name, reason=str(error))
        except Exception:
            log.exception("job_not_done", job=line.job.name)
