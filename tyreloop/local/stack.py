"""The whole local stack: begun here or in the background, stopped from any shell, tidied up after a kill."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import click
import psutil

from tyreloop.local.cluster import Cluster
from tyreloop.local.console import Console, boxed
from tyreloop.local.folder import StackFolder
from tyreloop.local.ports import claim_ports
from tyreloop.local.program import StackFailed, is_gone, wait_until_gone
from tyreloop.local.programs import CHECKOUT, StackPlan, stack_table
from tyreloop.local.record import StackRecord, own_mark, read_record, read_status, write_record
from tyreloop.local.supervisor import Supervisor
from tyreloop.private_files import write_privately
from tyreloop.settings import MARKER, Settings

DETACHED = (sys.executable, "-m", "tyreloop.cli", "up", "--background")
DOWN, CTRL_C = "`make down`", "Ctrl-C, or `make down` in another shell"
STOP_SECONDS = 90  # Postgres alone may need a minute to write everything down
LAST_STEPS_SECONDS = 5  # of the supervisor that has let go of the folder, and of what it killed


def run_stack(settings: Settings, *, with_logs: bool = False, in_background: bool = False) -> None:
    """Run everything in the foreground, unless it runs already."""
    os.umask(0o077)  # whatever the stack and its programs write is for their account only
    folder = StackFolder.of(settings)
    folder.prepare()
    with folder.hold() as ours:
        if not ours:
            click.echo(running_already(folder))
            return
        if count := end_leftovers(folder):
            click.echo(f"An earlier run was killed; ended {count} processes that it left behind.")
        write_record(folder.record, StackRecord(own_mark(), "starting", []))
        ports = claim_ports(settings)
        if ports.postgres != settings.postgres_port:
            click.echo(
                f"Port {settings.postgres_port} is in use, so the database listens on {ports.postgres}."
            )
        plan = StackPlan(settings, folder, ports, Cluster.prepare(folder.postgres))
        supervise(plan, with_logs=with_logs, stop_with=DOWN if in_background else CTRL_C)


def supervise(plan: StackPlan, *, with_logs: bool, stop_with: str) -> None:
    """Run the supervisor; while it runs, other shells find the stack by its environment file."""
    folder, programs = plan.folder, stack_table(plan)
    lines = (f"{name}='{value}'\n" for name, value in plan.environment.items())
    write_privately(folder.environment, "".join(lines))
    supervisor = Supervisor(
        programs,
        environment={**plan.public, **marker_of(folder), "PYTHONUNBUFFERED": "1"},
        working_folder=CHECKOUT,
        log_folder=folder.logs,
        record_file=folder.record,
        console=Console([program.name for program in programs], with_logs=with_logs),
    )
    urls = {program.title: program.url for program in reversed(programs) if program.url}
    try:
        box = partial(welcome, "Tyreloop is running.", urls, folder, stop_with)
        asyncio.run(supervisor.run(when_ready=box))
    finally:
        end_leftovers(folder)  # what a program put into a session of its own
        folder.environment.unlink(missing_ok=True)


def welcome(first: str, urls: Mapping[str, str], folder: StackFolder, stop_with: str) -> str:
    """The block at the end of a start, said again by `tyreloop status`."""
    login = {"Registry's login": str(folder.mlflow_login)}
    last = {"Logs": str(folder.logs), "Stop it with": stop_with}
    rows = {**urls, **login, **staff_row(folder), **last}
    width = max(len(title) for title in rows)
    return boxed([first, "", *(f"{title:<{width}}  {place}" for title, place in rows.items())])


def staff_row(folder: StackFolder) -> dict[str, str]:
    """The first administrator's link, while nobody has used it as far as is known here."""
    try:
        link = folder.invitation.read_text(encoding="utf-8")
    except OSError:
        return {}
    return {"First administrator": f"{link} (works once, for a day)"}


def running_already(folder: StackFolder) -> str:
    """What the second `make up` in one checkout says."""
    found = read_status(folder)
    state = "running" if found.state == "ready" else "starting or stopping"
    return welcome(f"Tyreloop is {state} from this folder already.", found.urls, folder, DOWN)


def start_detached(settings: Settings) -> None:
    """Start in the background; return when everything answers, or say what would not start."""
    folder = StackFolder.of(settings)
    folder.prepare()
    if folder.is_held():
        click.echo(running_already(folder))
        return
    log = folder.logs / "stack.log"
    write_privately(log, "")
    with log.open("ab") as output:
        # A session of its own: closing the terminal does not end it.
        process = subprocess.Popen(  # noqa: S603 - our own command
            DETACHED, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    with log.open(encoding="utf-8", errors="replace") as lines:
        said = ""
        while process.poll() is None and not is_ready(process, folder):
            said = echo(lines.read()) or said
            time.sleep(0.2)
        said = echo(lines.read()) or said
    if process.returncode:
        raise StackFailed((said.strip().splitlines() or [f"The stack did not start; see {log}."])[-1])


def echo(text: str) -> str:
    click.echo(text, nl=False)
    return text


def is_ready(process: subprocess.Popen[bytes], folder: StackFolder) -> bool:
    """Whether the stack that we started says so itself."""
    record = read_record(folder.record)
    return record is not None and record.supervisor.pid == process.pid and record.state == "ready"


def stop_stack(folder: StackFolder) -> None:
    """Ask the supervisor to stop and wait until it has; then look for what was left behind."""
    if folder.is_held():
        ask_supervisor(folder)
        click.echo("Everything has stopped.")
    elif end_left_behind(folder):
        click.echo("The stack had been killed; what it left behind has ended now.")
    else:
        click.echo("Nothing runs from this folder.")


def ask_supervisor(folder: StackFolder) -> None:
    """SIGTERM, and patience with a sign of life; a supervisor that does not end is ended."""
    record = read_record(folder.record)
    process = record.supervisor.process() if record else None
    if process is None:
        raise StackFailed("A stack holds this folder and has not told its number yet: try again in a moment.")
    click.echo("Stopping ...")
    everything = [process, *process.children(recursive=True)]
    process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    while folder.is_held():
        if wait_until_gone([process], seconds=2):
            click.echo(f"... still stopping, {deadline - time.monotonic():.0f} s left before it is killed")
        if time.monotonic() > deadline:
            process.kill()
            end_left_behind(folder)
    wait_until_gone(everything, seconds=LAST_STEPS_SECONDS)


def end_left_behind(folder: StackFolder) -> int:
    """End what a killed stack left; nobody may start one meanwhile."""
    if not folder.root.is_dir():
        return 0
    with folder.hold() as ours:
        return end_leftovers(folder) if ours else 0


def marker_of(folder: StackFolder) -> dict[str, str]:
    """The variable by which a later start finds the programs of this stack, and their children."""
    return {MARKER: str(folder.root)}


def find_leftovers(folder: StackFolder) -> list[psutil.Process]:
    """Everything that lives and belongs to an earlier run; call it only while holding the folder."""
    recorded = {process.pid: process for process in recorded_processes(folder)}
    marked = {process.pid: process for process in psutil.process_iter() if belongs(process, folder)}
    return [process for pid, process in {**recorded, **marked}.items() if pid != os.getpid()]


def end_leftovers(folder: StackFolder) -> int:
    """Ask them to end, then end them; answers how many there were."""
    found = find_leftovers(folder)
    stubborn = found
    for sign in (psutil.Process.terminate, psutil.Process.kill):
        for process in stubborn:
            with contextlib.suppress(psutil.NoSuchProcess):
                sign(process)
        stubborn = wait_until_gone(stubborn, seconds=10)
    # No Postgres of ours lives now; after a restart of the machine another program may bear its number.
    (folder.postgres / "cluster" / "postmaster.pid").unlink(missing_ok=True)
    return len(found)


def recorded_processes(folder: StackFolder) -> Iterator[psutil.Process]:
    record = read_record(folder.record)
    for part in record.services if record else []:
        process = part.process.process() if part.process else None
        if process and not is_gone(process):
            yield process


def belongs(process: psutil.Process, folder: StackFolder) -> bool:
    """Marked by us; Postgres wipes its environment, but it works inside its cluster."""
    try:
        if process.environ().get(MARKER) == str(folder.root):
            return True
        return process.name() == "postgres" and Path(process.cwd()) == folder.postgres / "cluster"
    except (psutil.Error, OSError):
        return False
