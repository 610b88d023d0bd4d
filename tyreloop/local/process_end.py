"""Whether a process has ended, also where nobody clears away the dead (containers without an init)."""

from __future__ import annotations

import time
from collections.abc import Iterable

import psutil


def is_gone(process: psutil.Process) -> bool:
    """Ended; whether its parent has taken note is not our matter."""
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
