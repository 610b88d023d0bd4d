"""What must hold before anything is installed."""

from __future__ import annotations

import shutil
from pathlib import Path

NEEDED_GIGABYTES = 4  # torch for the processor and everything else take 2.5 while pip unpacks them


class InstallRefused(Exception):
    """One sentence: what is in the way, and the fix."""


def require_writable(folder: Path) -> None:
    """Really write: permission bits do not tell of read-only disks."""
    probe = folder / ".write-probe"
    try:
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise InstallRefused(
            f"This folder cannot be written ({error.strerror}): {folder}. "
            "Clone the project into a folder of yours and run this again."
        ) from error


def require_disk(folder: Path) -> None:
    """Refuse to begin an installation that would fill the disk."""
    free = shutil.disk_usage(folder).free / 1e9
    if free < NEEDED_GIGABYTES:
        raise InstallRefused(
            f"Only {free:.1f} GB are free where {folder} lies and {NEEDED_GIGABYTES} GB are needed: "
            "free some space, or clone the project onto another disk."
        )
