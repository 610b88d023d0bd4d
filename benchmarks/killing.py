"""Processes that can be killed, and deeds that end at a chosen point as if their process were."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from tyreloop.local.program import launch_command


class Process:
    """One of ours, which can be killed."""

    def __init__(self, module: str, environment: dict[str, str], folder: Path) -> None:
        self._module, self._environment = module, environment
        self._log = folder / f"{module}.log"
        self.start()

    def start(self) -> None:
        command = launch_command((sys.executable, "-m", self._module))
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)

    def kill(self) -> None:
        """It can say nothing more."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(60)


class Stopped(BaseException):
    """Whoever was releasing is gone."""


class Stops:
    """Something whose named deeds have a point before and after them; at the n-th whoever acts is gone."""

    left = 0

    def __init__(self, of: Any, *deeds: str) -> None:
        self._of, self._deeds = of, deeds

    def __getattr__(self, name: str) -> Any:
        deed = getattr(self._of, name)
        if name not in self._deeds:
            return deed

        def between_points(*given: Any, **named: Any) -> Any:
            self._point()
            result = deed(*given, **named)
            self._point()
            return result

        return between_points

    @staticmethod
    def _point() -> None:
        Stops.left -= 1
        if Stops.left == 0:
            raise Stopped
