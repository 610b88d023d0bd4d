"""`tyreloop jobs` and `tyreloop worker`: what the clock asks for, and what people ordered."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from tyreloop.domain.errors import TyreloopError
from tyreloop.settings import settings
from tyreloop.store.task_runs import JobRuns
from tyreloop.tasks.catalogue import TASKS, task_named
from tyreloop.tasks.schedule import serve_schedule
from tyreloop.tasks.task import ROLE, read_options, run_task, task_tools

EVERY_MINUTE = "roll-up"


class NoJobLately(TyreloopError):
    """The schedule does not do its work."""

    code = "no_job_lately"


@click.group()
def jobs() -> None:
    """What runs on a schedule."""


@jobs.command(name="list")
def list_jobs() -> None:
    """Name every job with its purpose."""
    width = max(len(name) for name in TASKS)
    for task in TASKS.values():
        click.echo(f"{task.name:<{width}}  {task.purpose}")


@jobs.command(name="run", context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def run(name: str, options: tuple[str, ...]) -> None:
    """Run a job now; safe at any time, twice and at once."""
    task = task_named(name)
    given = read_options(task, options)
    with task_tools(settings()) as tools:
        details = run_task(task, tools, **given)
    click.echo("It runs already, elsewhere." if details is None else json.dumps(dict(details)))


@jobs.command()
@click.option("--file", "file", type=click.Path(path_type=Path), help="Another schedule.")
def schedule(file: Path | None) -> None:
    """Run jobs when their time comes, until told to stop."""
    serve_schedule(settings(), file)


@jobs.command()
@click.option("--within", default=5, show_default=True, type=click.IntRange(1), help="Minutes.")
def alive(within: int) -> None:
    """Succeed where the schedule did its work lately: the health check of its container."""
    given = settings()
    last = JobRuns(given.postgres_dsn, role=ROLE).last_done(EVERY_MINUTE)
    if last is None or datetime.now(UTC) - last > timedelta(minutes=within):
        raise NoJobLately(f"{EVERY_MINUTE} has not succeeded for {within} minutes.")
    click.echo(f"{EVERY_MINUTE} succeeded at {last.isoformat(timespec='seconds')}.")


@click.command()
def worker() -> None:
    """Do trainings and inspections, until somebody ends it; what is in hand is taken up again later."""
    from tyreloop.worker.__main__ import serve_orders  # noqa: PLC0415 - loads Celery

    serve_orders(settings())
