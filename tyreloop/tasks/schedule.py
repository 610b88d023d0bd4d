"""Runs tasks when their time comes, in a container and on one machine alike.

Each task declares its schedule; `python -m tyreloop.tasks crontab` prints `crontab/crontab`, the file that
people read and may change.
"""

from __future__ import annotations

import shlex
import signal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from zoneinfo import ZoneInfo

import structlog
from cronsim import CronSim, CronSimError

from tyreloop.domain.errors import NotConfigured, TyreloopError
from tyreloop.logs import configure_logs
from tyreloop.settings import Settings
from tyreloop.shipped import CRONTAB
from tyreloop.tasks.task import TASKS, Task, Tools, read_options, run_task, task_named, task_tools

log = structlog.get_logger(__name__)

COMMAND = ["tyreloop", "jobs", "run"]
HEAD = """\
# When jobs run: minute, hour, day of month, month, day of week, in the time zone TZ.
# `tyreloop jobs schedule` runs this file; the system's own cron can run it as well.
# Written from what each task declares: python -m tyreloop.tasks crontab > crontab/crontab

"""
FOOT = """
# For a demonstration only; marked as made up, and left out of every chart unless asked for.
# 0 * * * *   tyreloop jobs run demo-feedback --days 30 --rows 20000
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the schedule."""

    when: str
    task: Task
    options: Mapping[str, int] = field(default_factory=dict)

    def next_time(self, after: datetime) -> datetime:
        """The next moment in the time zone of the given one."""
        return next(CronSim(self.when, after))


def declared_schedule() -> str:
    """What the tasks declare, as a crontab."""
    command = " ".join(COMMAND)
    lines = [f"{task.schedule:<13} {command} {task.name}\n" for task in TASKS.values() if task.schedule]
    return HEAD + "".join(lines) + FOOT


def standing_schedule() -> list[Line]:
    """As `crontab/crontab` says; where it is not at hand, as the tasks declare."""
    return read_schedule(CRONTAB.read_text(encoding="utf-8") if CRONTAB.is_file() else declared_schedule())


def read_schedule(text: str) -> list[Line]:
    """The lines of a crontab; each runs a task of ours."""
    lines = enumerate(text.splitlines(), start=1)
    return [_read_line(number, line) for number, line in lines if line.strip() and line.strip()[0] != "#"]


def _read_line(number: int, line: str) -> Line:
    *when, command = line.split(maxsplit=5)
    words = shlex.split(command)
    try:
        if len(when) != 5 or words[:3] != COMMAND:
            raise NotConfigured("it must be five fields and `tyreloop jobs run NAME`")
        known = task_named(words[3])
        found = Line(" ".join(when), known, read_options(known, words[4:]))
        CronSim(found.when, datetime.now())  # noqa: DTZ005 - only to see whether it can be read
    except (TyreloopError, CronSimError, IndexError) as error:
        raise NotConfigured(f"Line {number} of the schedule cannot be used: {error}") from error
    return found


class Runner:
    """Starts each task in a thread of its own; one that still runs is not started again."""

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
        """Let the tasks end that run now, for a bounded time."""
        for thread in self._running.values():
            thread.join(seconds)

    def _start(self, line: Line) -> None:
        running = self._running.get(line.task.name)
        if running is not None and running.is_alive():
            log.warning("job_still_runs", job=line.task.name)
            return
        thread = Thread(target=self._run, args=(line,), name=line.task.name, daemon=True)
        self._running[line.task.name] = thread
        thread.start()

    def _run(self, line: Line) -> None:
        try:
            run_task(line.task, self._tools, **line.options)
        except TyreloopError as error:
            log.warning("job_not_done", job=line.task.name, reason=str(error))
        except Exception:
            log.exception("job_not_done", job=line.task.name)


def serve_schedule(given: Settings, file: Path | None = None) -> None:
    """Run tasks when their time comes, until told to stop; a database that is away is no reason to end."""
    configure_logs(given, service="jobs")
    lines = read_schedule(file.read_text(encoding="utf-8")) if file else standing_schedule()
    stop = Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: stop.set())
    with task_tools(given) as tools:
        Runner(lines, tools).run(stop, now=datetime.now(ZoneInfo(given.tz)))
