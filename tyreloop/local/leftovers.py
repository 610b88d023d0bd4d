"""Processes that an earlier run of the stack left behind, because it was killed: found and ended."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from tyreloop.local.folder import StackFolder
from tyreloop.local.process_end import is_gone, wait_until_gone
from tyreloop.local.record import read_record

MARKER = "TYRELOOP_STACK"  # in the environment of each program; its value is the data folder


def marker_of(folder: StackFolder) -> dict[str, str]:
    """The variable by which a later start finds the programs of this stack, and their children."""
    return {MARKER: str(folder.root)}


def find_leftovers(folder: StackFolder) -> list[psutil.Process]:
    """Everything that lives and belongs to an earlier run; call it only while holding the folder."""
    recorded = {process.pid: process for process in _recorded(folder)}
    marked = {process.pid: process for process in psutil.process_iter() if _belongs(process, folder)}
    return [process for pid, process in {**recorded, **marked}.items() if pid != os.getpid()]


def end_leftovers(folder: StackFolder) -> int:
    """Ask them to end, then end them; answers how many there were."""
    found = find_leftovers(folder)
    for process in found:
        _quietly(process.terminate)
    stubborn = wait_until_gone(found, seconds=10)
    for process in stubborn:
        _quietly(process.kill)
    wait_until_gone(stubborn, seconds=10)
    # No Postgres of ours lives now; after a restart of the machine another program may bear its number.
    (folder.postgres / "cluster" / "postmaster.pid").unlink(missing_ok=True)
    return len(found)


def _recorded(folder: StackFolder) -> Iterator[psutil.Process]:
    record = read_record(folder.record)
    for service in record.services if record else []:
        process = service.process.process() if service.process else None
        if process and not is_gone(process):
            yield process


def _belongs(process: psutil.Process, folder: StackFolder) -> bool:
    """Marked by us; Postgres wipes its environment, but it works inside its cluster."""
    try:
        if process.environ().get(MARKER) == str(folder.root):
            return True
        return process.name() == "postgres" and Path(process.cwd()) == folder.postgres / "cluster"
    except (psutil.Error, OSError):
        return False


def _quietly(act: Callable[[], None]) -> None:
    """Do it unless the process is gone already."""
    with contextlib.suppress(psutil.NoSuchProcess):
        act()
