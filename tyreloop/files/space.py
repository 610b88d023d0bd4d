"""Whether a disk has room for more: looked at a few times a second, however many ask."""

from __future__ import annotations

import shutil
from pathlib import Path
from time import monotonic

MARK_BYTES = 64_000_000  # what is on its way then still fits
LOOK_SECONDS = 0.2


class Space:
    """The free space of the disk that a folder is on."""

    def __init__(self, folder: Path, *, mark_bytes: int = MARK_BYTES) -> None:
        self._folder = folder
        self._mark = mark_bytes
        self._looked_at, self._is_enough = float("-inf"), True

    def __call__(self) -> bool:
        """Whether there is more than the mark."""
        if monotonic() - self._looked_at > LOOK_SECONDS:
            self._looked_at = monotonic()
            try:
                self._is_enough = shutil.disk_usage(self._folder).free > self._mark
            except OSError:
                self._is_enough = False
        return self._is_enough
