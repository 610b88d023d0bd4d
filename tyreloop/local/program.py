"""A program of the stack: how it is started, what it waits for, how to know that it is ready or gone."""

from __future__ import annotations

import http.client
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg2

from tyreloop.domain.errors import TyreloopError

LAUNCH = Path(__file__).with_name("launch.py")
LOOPBACK = "127.0.0.1"
NOT_YET = 75  # EX_TEMPFAIL: what a step ends with when something that it needs does not answer yet
Probe = Callable[[], bool]


class StackFailed(TyreloopError):
    """A part of the stack would not start."""

    code = "stack_failed"


@dataclass(frozen=True, slots=True)
class Account:
    """An account by its numbers; `enters_closed_folders` keeps the one capability that reading needs."""

    uid: int
    gid: int
    enters_closed_folders: bool = False

    def __str__(self) -> str:
        return f"{self.uid}:{self.gid}" + (":enter" if self.enters_closed_folders else "")


@dataclass(frozen=True, slots=True)
class Program:
    """One line of the stack's table; without a probe it is a step that ends by itself."""

    name: str
    title: str
    command: Sequence[str]
    after: Sequence[str] = ()
    ready: Probe | None = None
    url: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 20.0

    @property
    def launch_command(self) -> list[str]:
        return launch_command(self.command, account=self.account, parting_signal=self.stop_signal)


def launch_command(
    command: Sequence[str],
    *,
    account: Account | None = None,
    parting_signal: signal.Signals = signal.SIGTERM,
) -> list[str]:
    """The command line that starts `command` with its life bound to ours."""
    launch = [sys.executable, "-I", "-S", str(LAUNCH), str(os.getpid()), str(int(parting_signal))]
    return [*launch, str(account or "-"), *command]


def in_waves(programs: Sequence[Program]) -> list[list[Program]]:
    """Programs in the order they can start; those of one wave wait for nobody in it."""
    depth: dict[str, int] = {}
    for program in programs:
        depth[program.name] = 1 + max((depth[name] for name in program.after), default=-1)
    return [
        [program for program in programs if depth[program.name] == level]
        for level in range(max(depth.values(), default=-1) + 1)
    ]


def http_status(port: int, path: str) -> int:
    """The status of one GET on this machine (no proxy is asked), or 0 when nobody answers."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def answers(dsn: Mapping[str, Any]) -> bool:
    """Whether this Postgres takes a connection now."""
    try:
        psycopg2.connect(**dsn).close()
    except psycopg2.OperationalError:
        return False
    return True


def http_probe(port: int, path: str) -> Probe:
    """Ready when this page answers with 200."""
    return lambda: http_status(port, path) == http.client.OK


def started() -> bool:
    """For a program that nobody asks anything: it is ready when it runs."""
    return True


def is_gone(process: psutil.Process) -> bool:
    """Ended; containers without an init leave the dead in the list, and that is not our matter."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def wait_until_gone(processes: Iterable[psutil.Process], *, seconds: float) -> list[psutil.Process]:
    """Wait for them at most this long; answers those that still live."""
    deadline = time.monotonic() + seconds
    alive = list(processes)
    while (alive := [process for process in alive if not is_gone(process)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return alive
