"""One process of the stack: started in a group of its own, read line by line, ended with its whole group."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tyreloop.local.program import launch_command
from tyreloop.local.service import Service

TakeLine = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class RunningProcess:
    """A process and the task that reads what it says."""

    process: asyncio.subprocess.Process
    reader: asyncio.Task[None]

    @property
    def pid(self) -> int | None:
        """Its number while it lives."""
        return self.process.pid if self.process.returncode is None else None

    async def ended(self) -> int:
        """The exit code, once the process is gone and its last words are read."""
        code = await self.process.wait()
        self.kill_group()
        # A grandchild that left the group may still hold the pipe; its words are not worth waiting for.
        await asyncio.wait([self.reader], timeout=1)
        self.reader.cancel()
        return code

    async def stop(self, number: signal.Signals, *, patience: float) -> None:
        """Ask the program to end, wait as long as it may take, then end its whole group."""
        if self.pid is not None:
            self.process.send_signal(number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), patience)
        self.kill_group()
        await self.ended()

    def kill_group(self) -> None:
        """End the process, if it lives, and what it started and left behind."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)


async def start_process(
    service: Service, *, environment: Mapping[str, str], folder: Path, take_line: TakeLine
) -> RunningProcess:
    """Start the service in a group of its own: Ctrl-C reaches us, and we stop it in our order."""
    read_end, write_end = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *launch_command(service.command, account=service.account, parting_signal=service.stop_signal),
            cwd=folder,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=write_end,
            stderr=write_end,
            start_new_session=True,
        )
    finally:
        os.close(write_end)
    return RunningProcess(process, asyncio.create_task(read_lines(read_end, take_line)))


async def read_lines(read_end: int, take_line: TakeLine) -> None:
    """Hand on each line until nobody writes any more.

    A pipe of our own: with asyncio's, a program counts as running while any of its children holds the pipe.
    """
    stream = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    pipe = os.fdopen(read_end, "rb", buffering=0)
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), pipe)
    with contextlib.closing(transport):
        async for line in whole_lines(stream):
            take_line(line)


async def whole_lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """Lines of any length, without their ends."""
    rest = b""
    while chunk := await stream.read(65536):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.decode(errors="replace").rstrip("\r")
    if rest:
        yield rest.decode(errors="replace")
