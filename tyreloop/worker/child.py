"""Work in a process of its own: it gives its gigabytes back, and a crash does not take the worker along.

The child gets the order as JSON on standard input, and answers with lines of JSON: progress, and at the end
a result or why there is none. When the worker dies, the child's next line finds no reader, and it ends too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from queue import Empty, Queue
from threading import Thread
from typing import IO, Any, TextIO

import structlog

from tyreloop.domain.errors import BundleRefused, InvalidRequest, NotConfigured, NotFound, TyreloopError
from tyreloop.settings import environment_for_child
from tyreloop.use_cases.orders import Handler, HeldOrder

log = structlog.get_logger(__name__)
LOOK_EVERY_SECONDS = 0.5
PATIENCE_SECONDS = 10.0
REFUSALS = (BundleRefused, InvalidRequest, NotConfigured, NotFound)
Message = Mapping[str, Any]


class ChildFailed(TyreloopError):
    """The child ended without a result."""

    code = "child_failed"


def in_child(module: str) -> Handler:
    """Work that is done by a module of ours in a child process."""

    def work(running: HeldOrder) -> Mapping[str, Any]:
        command = [sys.executable, "-m", module]
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment_for_child({})
        )
        try:
            return _listen(child, running)
        finally:
            _end(child)

    return work


def _listen(child: subprocess.Popen[bytes], running: HeldOrder) -> Mapping[str, Any]:
    assert child.stdin is not None  # noqa: S101 - both are pipes
    assert child.stdout is not None  # noqa: S101
    given = running.order
    order = {"order_id": given.id, "asked_by": given.asked_by, **given.parameters}
    child.stdin.write(json.dumps(order).encode() + b"\n")
    child.stdin.close()
    messages: Queue[Message | None] = Queue()
    Thread(target=_read, args=(child.stdout, messages.put), daemon=True).start()
    while True:
        running.check_cancelled()
        try:
            message = messages.get(timeout=LOOK_EVERY_SECONDS)
        except Empty:
            continue
        if message is None:
            raise ChildFailed(_how_it_ended(child.wait(PATIENCE_SECONDS)))
        if "refused" in message:
            raise InvalidRequest(str(message["refused"]))
        if "failed" in message:
            raise ChildFailed(str(message["failed"]))
        if "result" in message:
            result: Mapping[str, Any] = message["result"]
            return result
        running.report(message.get("progress", {}), str(message.get("line", "")))


def _how_it_ended(status: int) -> str:
    if status < 0:
        return f"Its process was ended from outside (signal {-status}): perhaps memory ran out."
    return f"Its process ended with status {status} before it was done: the worker's log says why."


def _read(source: IO[bytes], put: Callable[[Message | None], None]) -> None:
    for line in source:
        try:
            message = json.loads(line)
        except ValueError:
            continue  # a library that prints; what matters is JSON
        if isinstance(message, dict):
            put(message)
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


class ChildChannel:
    """The child's side: keeps standard output for the worker; what libraries print goes to the log."""

    def __init__(self) -> None:
        sys.stdout.flush()
        self._pipe: TextIO = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
        os.dup2(2, 1)

    def send(self, message: Message) -> None:
        self._pipe.write(json.dumps(message) + "\n")

    def progress(self, progress: Mapping[str, Any], line: str = "") -> None:
        self.send({"progress": progress, "line": line})


def serve_child(work: Callable[[Mapping[str, Any], ChildChannel], Mapping[str, Any]]) -> None:
    """Do what standard input orders, and say what came of it, or in one sentence why nothing did."""
    channel = ChildChannel()
    order: Mapping[str, Any] = json.loads(sys.stdin.readline())
    try:
        channel.send({"result": work(order, channel)})
    except REFUSALS as error:
        channel.send({"refused": str(error)})
    except TyreloopError as error:
        channel.send({"failed": str(error)})
    except Exception as error:
        log.exception("child_failed")
        reason = str(error).strip().split("\n")[0][:300]
        channel.send({"failed": f"Something unforeseen broke it ({type(error).__name__}): {reason}"})
