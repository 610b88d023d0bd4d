"""Checks a bundle in a process of its own, which may run out of time or memory and harm nobody."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import IO

from tyreloop.domain.errors import BundleRefused
from tyreloop.models.confinement import ONE_THREAD, CannotConfine, confine, interpreter_files, limit

CPU_SECONDS = 60
WALL_SECONDS = 90.0
ADDRESS_SPACE_BYTES = 4 * 1024**3
MOST_WORDS = 65536
LIMITED = "the check of the bundle ran out of time or memory"


def check_in_child(folder: Path, version: int, *, wall_seconds: float = WALL_SECONDS) -> None:
    """Load the bundle and ask it its golden photos in a child; BundleRefused says what is wrong."""
    run_shut_in([__name__, str(folder), str(version)], wall_seconds=wall_seconds, limited=LIMITED)


def run_shut_in(
    command: Sequence[str],
    *,
    wall_seconds: float,
    limited: str,
    output: IO[bytes] | None = None,
    told: Mapping[str, str] = {},
) -> None:
    """Run a module of ours that shuts itself in; the last line of its errors says what it refused, and why.

    Its environment is what it is told: whatever a model's file could make a library do, it finds no secrets.
    """
    child = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", *command],
        env={**ONE_THREAD, **told},
        stdin=subprocess.DEVNULL,
        stdout=output or subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    late = Timer(wall_seconds, lambda: os.killpg(child.pid, signal.SIGKILL))
    late.start()
    try:
        said = _last_words(child.stderr)
        child.wait()
    finally:
        late.cancel()
    reason = _reason(said)
    if reason is not None:
        raise BundleRefused(reason)
    if child.returncode != 0:
        raise BundleRefused(f"{limited} (ended with {child.returncode})")


def refuse(reason: str) -> None:
    """The child's last words."""
    sys.stderr.write("\n" + json.dumps({"refused": reason}) + "\n")
    sys.exit(1)


def _last_words(stream: IO[bytes] | None) -> bytes:
    """The end of what it says, however much that is."""
    assert stream is not None  # noqa: S101 - a pipe
    said = b""
    with stream:
        while chunk := stream.read(MOST_WORDS):
            said = (said + chunk)[-MOST_WORDS:]
    return said


def _reason(output: bytes) -> str | None:
    lines = output.decode(errors="replace").splitlines()
    try:
        said = json.loads(lines[-1]) if lines else {}
    except ValueError:
        return None
    return str(said["refused"])[:500] if isinstance(said, dict) and "refused" in said else None


def _main(folder: Path, version: int) -> None:
    limit(cpu_seconds=CPU_SECONDS, memory_bytes=ADDRESS_SPACE_BYTES, file_bytes=0)
    with suppress(CannotConfine):  # a graph is data: the limits must do where a system has no such walls
        confine([*interpreter_files(), folder])
    from tyreloop.vision.bundle import load_bundle  # noqa: PLC0415 - its runtime starts a thread

    try:
        load_bundle(folder, version)
    except BundleRefused as error:
        refuse(str(error))


if __name__ == "__main__":
    _main(Path(sys.argv[1]), int(sys.argv[2]))
