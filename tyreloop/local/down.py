"""Stops the stack that another shell started, or what is left of one that was killed."""

from __future__ import annotations

import time

import click
import psutil

from tyreloop.local.errors import StackFailed
from tyreloop.local.folder import StackFolder
from tyreloop.local.leftovers import end_leftovers
from tyreloop.local.process_end import wait_until_gone
from tyreloop.local.record import read_record

PATIENCE_SECONDS = 90  # Postgres alone may need a minute to write everything down
LAST_STEPS_SECONDS = 5  # of the supervisor that has let go of the folder, and of what it killed


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
    """SIGTERM, and patience."""
    record = read_record(folder.record)
    process = record.supervisor.process() if record else None
    if process is None:
        raise StackFailed("A stack holds this folder and has not told its number yet: try again in a moment.")
    click.echo("Stopping ...")
    everything = [process, *process.children(recursive=True)]
    process.terminate()
    wait_until_free(folder, process)
    wait_until_gone(everything, seconds=LAST_STEPS_SECONDS)


def wait_until_free(folder: StackFolder, process: psutil.Process) -> None:
    """Wait with a sign of life; a supervisor that does not end is ended."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while folder.is_held():
        if wait_until_gone([process], seconds=2):
            click.echo(f"... still stopping, {deadline - time.monotonic():.0f} s left before it is killed")
        if time.monotonic() > deadline:
            process.kill()
            end_left_behind(folder)


def end_left_behind(folder: StackFolder) -> int:
    """End what a killed stack left; nobody may start one meanwhile."""
    if not folder.root.is_dir():
        return 0
    with folder.hold() as ours:
        return end_leftovers(folder) if ours else 0
