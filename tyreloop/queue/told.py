"""What a child process tells its worker: lines of JSON on what was its standard output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any, TextIO


class Told:
    """Keeps standard output for the worker; libraries that print do so to the log instead."""

    def __init__(self) -> None:
        sys.stdout.flush()
        self._pipe: TextIO = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
        os.dup2(2, 1)

    def say(self, what: Mapping[str, Any]) -> None:
        self._pipe.write(json.dumps(what) + "\n")

    def progress(self, progress: Mapping[str, Any], line: str = "") -> None:
        self.say({"progress": progress, "line": line})
