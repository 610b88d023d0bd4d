"""Starts the stack's programs in their order, keeps them running, and stops them in the reverse order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from logging.handlers import RotatingFileHandler
from pathlib import Path

from tyreloop.local.console import Console
from tyreloop.local.program import NOT_YET, Program, StackFailed, in_waves
from tyreloop.local.record import PartRecord, StackRecord, mark_of, own_mark, write_record
from tyreloop.settings import environment_for_child

FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 1.0, 30.0
STABLE_AFTER_SECONDS = 60.0  # a program that ran this long begins with a short delay again
TRIES_BEFORE_FIRST_READY = 3
STEP_SECONDS = 900.0  # how long a step may find that something does not answer yet
HURRIED_SECONDS = 1.0  # what a second Ctrl-C leaves each program
LINE_EVERY_SECONDS = 2.0  # where the line that tells who is awaited cannot move
KEPT_BYTES = 5_000_000  # of each log, and one older file of that size


class State(StrEnum):
    """Where a program is in its life."""

    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    DONE = "done"
    RESTARTING = "restarting"
    STOPPED = "stopped"


class ForgivingFile(RotatingFileHandler):
    """A full disk costs us some lines, never the stack."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name that logging calls
        """Go on without this line."""


@dataclass(frozen=True, slots=True)
class Running:
    """A process and the task that reads what it says."""

    process: asyncio.subprocess.Process
    reader: asyncio.Task[None]

    async def ended(self) -> int:
        """The exit code, once the process is gone and its last words are read."""
        code = await self.process.wait()
        self.kill_group()
        # A grandchild that left the group may still hold the pipe; its words are not worth waiting for.
        await asyncio.wait([self.reader], timeout=1)
        self.reader.cancel()
        return code

    async def stop(self, number: signal.Signals, *, patience: float) -> None:
        """Ask the process to end, wait as long as it may take, then end its whole group."""
        if self.process.returncode is None:
            self.process.send_signal(number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), patience)
        self.kill_group()
        await self.ended()

    def kill_group(self) -> None:
        """End the process, if it lives, and what it started and left behind."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)


class Supervised:
    """One program through its life: one process at a time, its state, its log and its last words."""

    def __init__(self, program: Program, log_folder: Path, console: Console) -> None:
        self.program = program
        self.title = program.title
        self.state = State.WAITING
        self.restarts = 0
        self.was_ready = asyncio.Event()
        self.last_line = ""
        self._console = console
        self._log = ForgivingFile(log_folder / f"{program.name}.log", maxBytes=KEPT_BYTES, backupCount=1)
        self._started_at = 0.0
        self._running: Running | None = None

    @property
    def seconds_since_start(self) -> float:
        return time.monotonic() - self._started_at

    @property
    def record(self) -> PartRecord:
        """This program as other shells see it."""
        process = self._running.process if self._running else None
        mark = mark_of(process.pid) if process and process.returncode is None else None
        program = self.program
        return PartRecord(program.name, program.title, self.state, program.url, self.restarts, mark)

    async def start(self, environment: Mapping[str, str], folder: Path) -> Running:
        """Start a process in a group of its own: Ctrl-C reaches us, and we stop it in our order."""
        self.state, self._started_at = State.STARTING, time.monotonic()
        # A pipe of our own: with asyncio's, a program counts as running while any child of it holds the pipe.
        read_end, write_end = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *self.program.launch_command,
                cwd=folder,
                env=environment_for_child({**environment, **self.program.environment}, with_secrets=False),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write_end,
                stderr=write_end,
                start_new_session=True,
            )
        finally:
            os.close(write_end)
        self._running = Running(process, asyncio.create_task(self._read_log(read_end)))
        return self._running

    async def until_ready(self) -> None:
        """Ask until the program answers."""
        while self.program.ready is not None and not await asyncio.to_thread(self.program.ready):
            await asyncio.sleep(0.15)

    async def stop(self, *, patience: float | None = None) -> None:
        """End the process, if there is one, and close its log."""
        if self._running:
            wait = patience or self.program.stop_seconds
            await self._running.stop(self.program.stop_signal, patience=wait)
        self.state = State.STOPPED
        self._log.close()

    async def _read_log(self, read_end: int) -> None:
        async for line in lines_of(read_end):
            self.last_line = line or self.last_line
            self._log.emit(logging.makeLogRecord({"msg": "%s", "args": (line,)}))
            self._console.log(self.program.name, line)


class Supervisor:
    """One running stack."""

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        environment: Mapping[str, str],
        working_folder: Path,
        log_folder: Path,
        record_file: Path,
        console: Console,
    ) -> None:
        self._environment = environment
        self._working_folder = working_folder
        self._record_file = record_file
        self._console = console
        self._parts = {program.name: Supervised(program, log_folder, console) for program in programs}
        self._waves = [[self._parts[program.name] for program in wave] for wave in in_waves(programs)]
        self._stop_asked = asyncio.Event()
        self._hurry = False
        self._state = "starting"
        self._mark = own_mark()

    async def run(self, *, when_ready: Callable[[], str]) -> None:
        """Run until somebody asks to stop, or until a part refuses to start."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.ask_to_stop)
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

    def ask_to_stop(self) -> None:
        """Stop in order; asked a second time, stop in a hurry."""
        self._hurry = self._stop_asked.is_set()
        self._console.say("Stopping now." if self._hurry else "Stopping (once more to hurry) ...")
        self._stop_asked.set()

    async def _run_all(self, when_ready: Callable[[], str]) -> None:
        async with asyncio.TaskGroup() as group:
            for part in self._parts.values():
                group.create_task(self._run(part))
            waiting = group.create_task(self._tell_who_is_awaited())
            await asyncio.gather(*(part.was_ready.wait() for part in self._parts.values()))
            waiting.cancel()
            self._change_state("ready")
            self._console.say(when_ready(), colour="green")

    async def _run(self, part: Supervised) -> None:
        """A step must succeed once; a service is started again when it dies."""
        for name in part.program.after:
            await self._parts[name].was_ready.wait()
        if part.program.ready is not None:
            await self._keep_running(part)
        if code := await self._run_step(part):
            raise StackFailed(f"{part.title} failed: {part.last_line or ending(code)}")
        self._note_ready(part, State.DONE)

    async def _run_step(self, part: Supervised) -> int:
        """A step that found somebody slow to answer is tried again: a busy machine takes its time."""
        deadline = time.monotonic() + STEP_SECONDS
        for delay in delays():
            running = await self._start(part)
            code = await running.ended()
            if code != NOT_YET or time.monotonic() > deadline:
                return code
            self._console.say(f"{part.title}: {part.last_line} It is tried again in {delay:.0f} s.")
            await asyncio.sleep(delay)
        return NOT_YET

    async def _keep_running(self, part: Supervised) -> None:
        waits = delays()
        while True:
            code = await self._run_once(part)
            part.restarts += 1
            if not part.was_ready.is_set() and part.restarts >= TRIES_BEFORE_FIRST_READY:
                raise StackFailed(
                    f"{part.title} ended {part.restarts} times before it was ready "
                    f"({ending(code)}): {part.last_line}"
                )
            if part.seconds_since_start > STABLE_AFTER_SECONDS:
                waits = delays()
            part.state, delay = State.RESTARTING, next(waits)
            self._write_record()
            title = part.title
            self._console.say(
                f"{title} ended ({ending(code)}); it starts again in {delay:.0f} s.", colour="red"
            )
            await asyncio.sleep(delay)

    async def _run_once(self, part: Supervised) -> int:
        running = await self._start(part)
        watch = asyncio.create_task(self._watch_for_ready(part))
        try:
            return await running.ended()
        finally:
            watch.cancel()

    async def _start(self, part: Supervised) -> Running:
        running = await part.start(self._environment, self._working_folder)
        self._write_record()
        return running

    async def _watch_for_ready(self, part: Supervised) -> None:
        await part.until_ready()
        self._note_ready(part, State.READY)

    def _note_ready(self, part: Supervised, state: State) -> None:
        """Let those begin that waited for this one."""
        part.state = state
        part.was_ready.set()
        self._console.say(f"{part.title}: ready after {part.seconds_since_start:.1f} s", colour="green")
        self._write_record()

    async def _tell_who_is_awaited(self) -> None:
        began, next_line = time.monotonic(), LINE_EVERY_SECONDS
        while True:
            await asyncio.sleep(0.25)
            due = time.monotonic() - began > next_line
            next_line += LINE_EVERY_SECONDS * due
            awaited = {
                part.title: part.seconds_since_start
                for part in self._parts.values()
                if not part.was_ready.is_set() and part.state is not State.WAITING
            }
            self._console.waiting(awaited, line_is_due=due)

    async def _stop_all(self) -> None:
        self._change_state("stopping")
        for wave in reversed(self._waves):
            await asyncio.gather(*(self._stop(part) for part in wave))
        self._change_state("stopped")
        self._console.say("Everything has stopped.")

    async def _stop(self, part: Supervised) -> None:
        stopping = asyncio.create_task(part.stop())
        while not stopping.done():
            await asyncio.wait([stopping], timeout=0.2)
            if self._hurry and not stopping.done():
                stopping.cancel()
                await part.stop(patience=HURRIED_SECONDS)

    def _change_state(self, state: str) -> None:
        self._state = state
        self._write_record()

    def _write_record(self) -> None:
        parts = [part.record for part in self._parts.values()]
        with contextlib.suppress(OSError):  # a full disk must not stop what runs
            write_record(self._record_file, StackRecord(self._mark, self._state, parts))


def delays() -> Iterator[float]:
    """Seconds to wait before each new start: 1, 2, 4 ... 30."""
    delay = FIRST_DELAY_SECONDS
    while True:
        yield delay
        delay = min(delay * 2, LONGEST_DELAY_SECONDS)


def ending(code: int) -> str:
    """`exit code 1`, or `killed by SIGKILL`."""
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


def raise_first(work: asyncio.Task[None]) -> None:
    """The group's first error as itself: a person reads one sentence, not a tree."""
    try:
        work.result()
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None


async def lines_of(read_end: int) -> AsyncIterator[str]:
    """Lines of any length, without their ends, until nobody writes any more."""
    stream, rest = asyncio.StreamReader(), b""
    pipe = os.fdopen(read_end, "rb", buffering=0)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), pipe)
    with contextlib.closing(transport):
        while chunk := await stream.read(65536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield line.decode(errors="replace").rstrip("\r")
        if rest:
            yield rest.decode(errors="replace")
