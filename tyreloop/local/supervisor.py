"""Starts the stack's programs in their order, keeps them running, and stops them in the reverse order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from tyreloop.local.caretaker import Caretaker
from tyreloop.local.child import Child, ChildState
from tyreloop.local.console import Console
from tyreloop.local.record import ServiceRecord, StackRecord, mark_of_pid, own_mark, write_record
from tyreloop.local.running_process import RunningProcess
from tyreloop.local.service import Service, in_waves

HURRIED_SECONDS = 1.0  # what a second Ctrl-C leaves each program
LINE_EVERY_SECONDS = 2.0  # where the line that tells who is awaited cannot move


class Supervisor:
    """One running stack."""

    def __init__(
        self,
        services: Sequence[Service],
        *,
        environment: dict[str, str],
        working_folder: Path,
        log_folder: Path,
        record_file: Path,
        console: Console,
    ) -> None:
        self._environment = environment
        self._working_folder = working_folder
        self._record_file = record_file
        self._console = console
        self._waves = in_waves(services)
        self._children = {
            service.name: Child(service, log_folder=log_folder, show_line=console.log) for service in services
        }
        self._stop_asked = asyncio.Event()
        self._hurry = False
        self._state = "starting"
        self._mark = own_mark()

    async def run(self, *, when_ready: str) -> None:
        """Run until somebody asks to stop, or until a part refuses to start."""
        self._listen_to_signals()
        work = asyncio.create_task(self._run_all(when_ready))
        stop = asyncio.create_task(self._stop_asked.wait())
        try:
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                raise_first(work)
        finally:
            for task in (work, stop):
                task.cancel()
            await asyncio.gather(work, stop, return_exceptions=True)
            await self._stop_all()

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.ask_to_stop)

    def ask_to_stop(self) -> None:
        """Stop in order; asked a second time, stop in a hurry."""
        self._hurry = self._stop_asked.is_set()
        self._console.say("Stopping now." if self._hurry else "Stopping (once more to hurry) ...")
        self._stop_asked.set()

    async def _run_all(self, when_ready: str) -> None:
        async with asyncio.TaskGroup() as group:
            for child in self._children.values():
                group.create_task(self._run_child(child))
            waiting = group.create_task(self._tell_who_is_awaited())
            await asyncio.gather(*(child.was_ready.wait() for child in self._children.values()))
            waiting.cancel()
            self._change_state("ready")
            self._console.say(when_ready, colour="green")

    async def _run_child(self, child: Child) -> None:
        for name in child.service.after:
            await self._children[name].was_ready.wait()
        care = Caretaker(child, start=self._start, say=self._console.say, note=self._write_record)
        await care.run()

    async def _start(self, child: Child) -> RunningProcess:
        return await child.start(self._environment, folder=self._working_folder)

    async def _tell_who_is_awaited(self) -> None:
        began, next_line = time.monotonic(), LINE_EVERY_SECONDS
        while True:
            await asyncio.sleep(0.25)
            elapsed = time.monotonic() - began
            due = elapsed > next_line
            next_line = next_line + LINE_EVERY_SECONDS if due else next_line
            self._console.waiting(self._awaited(), line_is_due=due)

    def _awaited(self) -> dict[str, float]:
        return {
            child.service.title: child.seconds_since_start
            for child in self._children.values()
            if not child.was_ready.is_set() and child.state is not ChildState.WAITING
        }

    async def _stop_all(self) -> None:
        self._change_state("stopping")
        for wave in reversed(self._waves):
            await asyncio.gather(*(self._stop(self._children[service.name]) for service in wave))
        self._change_state("stopped")
        self._console.say("Everything has stopped.")

    async def _stop(self, child: Child) -> None:
        stopping = asyncio.create_task(child.stop())
        while not stopping.done():
            await asyncio.wait([stopping], timeout=0.2)
            if self._hurry and not stopping.done():
                stopping.cancel()
                await child.stop(patience=HURRIED_SECONDS)

    def _change_state(self, state: str) -> None:
        self._state = state
        self._write_record()

    def _write_record(self) -> None:
        services = [record_of(child) for child in self._children.values()]
        with contextlib.suppress(OSError):  # a full disk must not stop what runs
            write_record(self._record_file, StackRecord(self._mark, self._state, services))


def record_of(child: Child) -> ServiceRecord:
    """One child as other shells see it."""
    service = child.service
    process = mark_of_pid(child.pid) if child.pid else None
    return ServiceRecord(service.name, service.title, child.state, service.url, child.restarts, process)


def raise_first(work: asyncio.Task[None]) -> None:
    """The group's first error as itself: a person reads one sentence, not a tree."""
    try:
        work.result()
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None
