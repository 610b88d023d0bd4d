"""One program of the stack through its life: one process at a time, started again when it dies."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path

from tyreloop.local.log_file import close_log, open_log
from tyreloop.local.running_process import RunningProcess, start_process
from tyreloop.local.service import Service
from tyreloop.settings import environment_for_child

ShowLine = Callable[[str, str], None]


class ChildState(StrEnum):
    """Where a program is in its life."""

    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    DONE = "done"
    RESTARTING = "restarting"
    STOPPED = "stopped"


class Child:
    """A program of the stack, its state, and its last words."""

    def __init__(self, service: Service, *, log_folder: Path, show_line: ShowLine) -> None:
        self.service = service
        self.state = ChildState.WAITING
        self.restarts = 0
        self.was_ready = asyncio.Event()
        self.started_at = 0.0
        self.last_line = ""
        self._log = open_log(log_folder, service.name)
        self._show_line = show_line
        self._running: RunningProcess | None = None

    @property
    def pid(self) -> int | None:
        """The process that lives now."""
        return self._running.pid if self._running else None

    @property
    def seconds_since_start(self) -> float:
        """How long ago the newest process was started."""
        return time.monotonic() - self.started_at

    async def start(self, environment: Mapping[str, str], *, folder: Path) -> RunningProcess:
        """Start a new process."""
        self.state, self.started_at = ChildState.STARTING, time.monotonic()
        whole = environment_for_child({**environment, **self.service.environment})
        self._running = await start_process(
            self.service, environment=whole, folder=folder, take_line=self._take_line
        )
        return self._running

    async def until_ready(self) -> None:
        """Ask until the program answers; a step is ready when it has ended, so it is not asked."""
        probe = self.service.ready
        while probe is not None and not await asyncio.to_thread(probe):
            await asyncio.sleep(0.15)
        self.become_ready(ChildState.READY)

    def become_ready(self, state: ChildState) -> None:
        """Let those begin that waited for this one."""
        self.state = state
        self.was_ready.set()

    async def stop(self, *, patience: float | None = None) -> None:
        """End the process, if there is one, and close its log."""
        if self._running:
            await self._running.stop(self.service.stop_signal, patience=patience or self.service.stop_seconds)
        self.state = ChildState.STOPPED
        close_log(self._log)

    def _take_line(self, line: str) -> None:
        self.last_line = line or self.last_line
        self._log.info(line)
        self._show_line(self.service.name, line)
