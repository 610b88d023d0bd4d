"""Starts the stack in the background and follows it until it is ready."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import click

from tyreloop.local.errors import StackFailed
from tyreloop.local.folder import StackFolder
from tyreloop.local.record import read_record
from tyreloop.local.stack import running_already

COMMAND = (sys.executable, "-c", "from tyreloop.cli import main; main()", "up", "--no-logs")


def start_detached(folder: StackFolder) -> None:
    """Return when everything answers, or with the sentence of what would not start."""
    folder.prepare()
    if folder.is_held():
        click.echo(running_already(folder))
        return
    log = folder.logs / "stack.log"
    with log.open("wb") as output:
        # A session of its own: closing the terminal does not end it.
        process = subprocess.Popen(  # noqa: S603 - our own command
            COMMAND, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    follow(process, folder, log)


def follow(process: subprocess.Popen[bytes], folder: StackFolder, log: Path) -> None:
    """Show what the stack says until it is ready or has ended."""
    with log.open(encoding="utf-8", errors="replace") as lines:
        while process.poll() is None and not is_ready(process, folder):
            show(lines)
            time.sleep(0.2)
        said = show(lines)
    if process.returncode:
        raise StackFailed(said[-1].strip() if said else f"The stack did not start; see {log}.")


def is_ready(process: subprocess.Popen[bytes], folder: StackFolder) -> bool:
    """Whether the stack that we started says so itself."""
    record = read_record(folder.record)
    return record is not None and record.supervisor.pid == process.pid and record.state == "ready"


def show(lines: IO[str]) -> list[str]:
    """Print what is new."""
    new = list(whole(lines))
    click.echo("".join(new), nl=False)
    return new


def whole(lines: IO[str]) -> Iterator[str]:
    """The lines that were written since the last look."""
    yield from iter(lines.readline, "")
