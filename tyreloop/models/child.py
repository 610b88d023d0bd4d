"""Checks a bundle in a process of its own, which may run out of time or memory and harm nobody."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

from tyreloop.domain.errors import BundleRefused
from tyreloop.vision.open_model import open_model

CPU_SECONDS = 60
WALL_SECONDS = 90.0
ADDRESS_SPACE_BYTES = 4 * 1024**3
LIMITED = "the check of the bundle ran out of time or memory"


def check_in_child(
    folder: Path, version: int, *, wall_seconds: float = WALL_SECONDS, allow_pickled: bool = False
) -> None:
    """Load the bundle and ask it its golden photos in a child; BundleRefused says what is wrong."""
    command = [sys.executable, "-m", __name__, str(folder), str(version), str(int(allow_pickled))]
    try:
        # An empty environment: whatever a model's file could make a library do, it finds no secrets.
        ended = subprocess.run(command, env={}, capture_output=True, timeout=wall_seconds, check=False)  # noqa: S603 - our own module
    except subprocess.TimeoutExpired as error:
        raise BundleRefused(LIMITED) from error
    reason = _reason(ended.stdout)
    if reason is not None:
        raise BundleRefused(reason)
    if ended.returncode != 0:
        raise BundleRefused(f"{LIMITED} (ended with {ended.returncode})")


def _reason(output: bytes) -> str | None:
    lines = output.decode(errors="replace").splitlines()
    try:
        said = json.loads(lines[-1]) if lines else {}
    except ValueError:
        return None
    return str(said["refused"]) if isinstance(said, dict) and "refused" in said else None


def _limit_this_process() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    if sys.platform == "linux":  # elsewhere the limit counts what the loader maps, and nothing starts
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES))


def _main(folder: str, version: str, allow_pickled: str) -> None:
    _limit_this_process()
    try:
        open_model(Path(folder), int(version), allow_pickled=allow_pickled == "1")
    except BundleRefused as error:
        sys.stdout.write(json.dumps({"refused": str(error)}) + "\n")
        sys.exit(1)


if __name__ == "__main__":
    _main(*sys.argv[1:4])
