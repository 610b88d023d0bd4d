"""Takes care of one program: a step must succeed once, a service is started again when it dies."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from typing import Protocol

from tyreloop.local.child import Child, ChildState
from tyreloop.local.errors import StackFailed
from tyreloop.local.running_process import RunningProcess

LONGEST_DELAY_SECONDS = 30.0
STABLE_AFTER_SECONDS = 60.0  # a program that ran this long begins with a short delay again
TRIES_BEFORE_FIRST_READY = 3


class Say(Protocol):
    """How a sentence reaches the person in front of the terminal."""

    def __call__(self, text: str, *, colour: str | None = None) -> None: ...


def delays() -> Iterator[float]:
    """Seconds to wait before each new start: 1, 2, 4 ... 30."""
    delay = 1.0
    while True:
        yield delay
        delay = min(delay * 2, LONGEST_DELAY_SECONDS)


class Caretaker:
    """One program's whole life; `note` is called whenever its state has changed."""

    def __init__(
        self,
        child: Child,
        *,
        start: Callable[[Child], Awaitable[RunningProcess]],
        say: Say,
        note: Callable[[], None],
    ) -> None:
        self._child = child
        self._title = child.service.title
        self._start_process = start
        self._say = say
        self._note = note

    async def run(self) -> None:
        """Until a step has ended, or for ever."""
        await (self._run_step() if self._child.service.is_step else self._keep_running())

    async def _run_step(self) -> None:
        process = await self._start()
        code = await process.ended()
        if code:
            raise StackFailed(f"{self._title} failed: {self._child.last_line or ending(code)}")
        self._child.become_ready(ChildState.DONE)
        self._tell_ready()

    async def _keep_running(self) -> None:
        waits = delays()
        while True:
            code = await self._run_once()
            self._child.restarts += 1
            self._refuse_hopeless(code)
            if self._child.seconds_since_start > STABLE_AFTER_SECONDS:
                waits = delays()
            await self._wait_before_restart(code, next(waits))

    async def _run_once(self) -> int:
        process = await self._start()
        watch = asyncio.create_task(self._watch_for_ready())
        try:
            return await process.ended()
        finally:
            watch.cancel()

    async def _start(self) -> RunningProcess:
        process = await self._start_process(self._child)
        self._note()
        return process

    async def _watch_for_ready(self) -> None:
        await self._child.until_ready()
        self._tell_ready()

    def _tell_ready(self) -> None:
        self._say(f"{self._title}: ready after {self._child.seconds_since_start:.1f} s", colour="green")
        self._note()

    async def _wait_before_restart(self, code: int, delay: float) -> None:
        self._child.state = ChildState.RESTARTING
        self._note()
        self._say(f"{self._title} ended ({ending(code)}); it starts again in {delay:.0f} s.", colour="red")
        await asyncio.sleep(delay)

    def _refuse_hopeless(self, code: int) -> None:
        child = self._child
        if not child.was_ready.is_set() and child.restarts >= TRIES_BEFORE_FIRST_READY:
            raise StackFailed(
                f"{self._title} ended {child.restarts} times before it was ready "
                f"({ending(code)}): {child.last_line}"
            )


def ending(code: int) -> str:
    """`exit code 1`, or `killed by SIGKILL`."""
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
