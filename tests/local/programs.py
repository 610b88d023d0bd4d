"""Small programs and stacks for the supervisor's tests."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tyreloop.local.console import Console
from tyreloop.local.program import Program
from tyreloop.local.supervisor import Supervisor


def service(name: str, code: str, *, folder: Path, after: Sequence[str] = ()) -> Program:
    """A program that says it is ready by writing a file of its name."""
    mark = folder / f"{name}.ready"
    begin = f"import os, pathlib, signal, sys, time; mark = pathlib.Path({str(mark)!r})"
    return Program(
        name=name,
        title=name,
        command=(sys.executable, "-S", "-c", f"{begin}\n{code}"),
        after=after,
        ready=mark.exists,
        stop_seconds=5,
    )


def step(name: str, code: str, *, after: Sequence[str] = ()) -> Program:
    """A program that ends by itself."""
    return Program(name=name, title=name, command=(sys.executable, "-S", "-c", code), after=after)


STAYS = "mark.touch(); signal.pause()"


def supervisor_of(services: Sequence[Program], folder: Path) -> Supervisor:
    """A supervisor that keeps everything in this folder."""
    return Supervisor(
        services,
        environment={},
        working_folder=folder,
        log_folder=folder,
        record_file=folder / "stack.json",
        console=Console([service.name for service in services]),
    )


async def until(condition: Callable[[], bool], *, seconds: float = 15) -> None:
    """Wait for something to become true; never longer than this."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)
