"""The whole local stack: everything that is checked and decided before the supervisor starts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from tyreloop.local.cluster import Cluster
from tyreloop.local.console import Console, boxed
from tyreloop.local.folder import StackFolder
from tyreloop.local.leftovers import end_leftovers, marker_of
from tyreloop.local.ports import claim_ports
from tyreloop.local.record import StackRecord, own_mark, read_record, write_record
from tyreloop.local.secrets_file import write_privately
from tyreloop.local.supervisor import Supervisor
from tyreloop.local.table import CHECKOUT, StackPlan, stack_table
from tyreloop.settings import Settings


def folder_of(settings: Settings) -> StackFolder:
    """The data folder by its full name, whatever folder a command is run from."""
    return StackFolder(settings.data_dir.expanduser().resolve())


def run_stack(settings: Settings, *, with_logs: bool = True) -> None:
    """Run everything in the foreground, unless it runs already."""
    folder = folder_of(settings)
    folder.prepare()
    with folder.hold() as ours:
        if not ours:
            click.echo(running_already(folder))
            return
        tidy_up(folder)
        supervise(plan_stack(settings, folder), with_logs=with_logs)


def tidy_up(folder: StackFolder) -> None:
    """End what an earlier run could not end itself, and sign the record as the one that runs now."""
    count = end_leftovers(folder)
    if count:
        click.echo(f"An earlier run was killed; ended {count} processes that it left behind.")
    write_record(folder.record, StackRecord(own_mark(), "starting", []))


def plan_stack(settings: Settings, folder: StackFolder) -> StackPlan:
    """Ports and cluster; the first time, making the cluster takes a second or two."""
    ports = claim_ports(settings)
    if ports.postgres != settings.postgres_port:
        click.echo(f"Port {settings.postgres_port} is in use, so the database listens on {ports.postgres}.")
    return StackPlan(settings, folder, ports, Cluster.prepare(folder.postgres))


def supervise(plan: StackPlan, *, with_logs: bool) -> None:
    """Run the supervisor; while it runs, other shells find the stack by its environment file."""
    services = stack_table(plan)
    environment = plan.environment
    write_environment(plan.folder.environment, environment)
    supervisor = Supervisor(
        services,
        environment={**environment, **marker_of(plan.folder), "PYTHONUNBUFFERED": "1"},
        working_folder=CHECKOUT,
        log_folder=plan.folder.logs,
        record_file=plan.folder.record,
        console=Console([service.name for service in services], with_logs=with_logs),
    )
    urls = {service.title: service.url for service in services if service.url}
    try:
        asyncio.run(supervisor.run(when_ready=welcome(urls)))
    finally:
        end_leftovers(plan.folder)  # what a program put into a session of its own
        plan.folder.environment.unlink(missing_ok=True)


def write_environment(path: Path, environment: dict[str, str]) -> None:
    """What `tyreloop` commands in another shell read."""
    write_privately(path, "".join(f"{name}='{value}'\n" for name, value in environment.items()))


def welcome(urls: dict[str, str]) -> str:
    """The block at the end of a start."""
    width = max(len(title) for title in urls)
    lines = [f"{title:<{width}}  {url}" for title, url in reversed(urls.items())]
    return boxed(
        ["Tyreloop is running.", "", *lines, "", "Stop it with Ctrl-C, or `make down` in another shell."]
    )


def running_already(folder: StackFolder) -> str:
    """What the second `make up` in one checkout says."""
    record = read_record(folder.record)
    state = "running" if record and record.state == "ready" else "starting or stopping"
    lines = [f"{title}  {url}" for title, url in record.urls.items()] if record else []
    return boxed([f"Tyreloop is {state} from this folder already.", "", *lines, "", "`make down` stops it."])
