"""Work in a process of its own: it gives its gigabytes back, and a crash does not take the worker along.

The child gets its orders as JSON on standard input, and answers with lines of JSON: progress, and at the end
a result. When the worker dies, the child's next line finds no reader, and it ends too.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from queue import Empty, Queue
from threading import Thread
from typing import IO, Any

from tyreloop.domain.errors import InvalidRequest
from tyreloop.loop_ports import RunningJob, Work
from tyreloop.settings import environment_for_child

LOOK_EVERY_SECONDS = 0.5
PATIENCE_SECONDS = 10.0
Told = Mapping[str, Any]


class ChildDied(RuntimeError):
    """The child ended without a word."""


def in_child(module: str) -> Work:
    """A work that is done by a module of ours in a child process."""

    def work(running: RunningJob) -> Mapping[str, Any]:
        command = [sys.executable, "-m", module]
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment_for_child({})
        )
        try:
            return _listen(child, running)
        finally:
            _end(child)

    return work


def _listen(child: subprocess.Popen[bytes], running: RunningJob) -> Mapping[str, Any]:
    if child.stdin is None or child.stdout is None:
        raise ChildDied("The child has no pipes.")
    orders = {"job_id": running.job.id, **running.job.orders}
    child.stdin.write(json.dumps(orders).encode() + b"\n")
    child.stdin.close()
    told: Queue[Told | None] = Queue()
    Thread(target=_read, args=(child.stdout, told.put), daemon=True).start()
    while True:
        running.go_on()
        try:
            said = told.get(timeout=LOOK_EVERY_SECONDS)
        except Empty:
            continue
        if said is None:
            raise ChildDied(f"The training's process ended with {child.wait(PATIENCE_SECONDS)}.")
        if "refused" in said:
            raise InvalidRequest(str(said["refused"]))
        if "result" in said:
            result: Mapping[str, Any] = said["result"]
            return result
        running.report(said.get("progress", {}), str(said.get("line", "")))


def _read(source: IO[bytes], put: Callable[[Told | None], None]) -> None:
    for line in source:
        try:
            said = json.loads(line)
        except ValueError:
            continue  # a library that prints; what matters is JSON
        if isinstance(said, dict):
            put(said)
    put(None)


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdout is not None:
        child.stdout.close()
