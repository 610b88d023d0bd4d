"""Remembers what was installed, so that the second start does not ask pip again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

SOURCES = ("pyproject.toml", "requirements.lock")


def is_fresh(root: Path, extras: tuple[str, ...]) -> bool:
    """Whether at least these extras are installed from the files as they are now."""
    try:
        stamp = json.loads(stamp_file(root).read_text())
        return stamp["sources"] == fingerprint(root) and set(extras) <= set(stamp["extras"])
    except (OSError, ValueError, KeyError):
        return False


def write_stamp(root: Path, extras: tuple[str, ...]) -> None:
    """Remember; what was installed before from the same files is still there."""
    known = extras if not is_fresh(root, ()) else tuple({*extras, *read_extras(root)})
    stamp_file(root).write_text(json.dumps({"sources": fingerprint(root), "extras": sorted(known)}))


def read_extras(root: Path) -> list[str]:
    """The extras of the stamp."""
    extras: list[str] = json.loads(stamp_file(root).read_text())["extras"]
    return extras


def fingerprint(root: Path) -> str:
    """One number for everything that decides what pip would do; the folder, because `-e` points at it."""
    texts = [(root / name).read_bytes() for name in SOURCES]
    return hashlib.sha256(b"\0".join([str(root).encode(), *texts])).hexdigest()


def stamp_file(root: Path) -> Path:
    """Inside `.venv`: whoever removes the folder removes the stamp."""
    return root / ".venv" / "tyreloop-stamp.json"
