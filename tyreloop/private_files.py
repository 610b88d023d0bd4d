"""Files for their owner only: secrets that are made once, and whatever holds one."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def keep_secret(path: Path) -> str:
    """The secret in this file, made when there is none yet."""
    if not path.exists():
        write_privately(path, secrets.token_urlsafe(32))
    return path.read_text(encoding="ascii").strip()


def write_privately(path: Path, text: str) -> None:
    """Replace a file in one step; only its owner may read it, from its first byte on."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with open(draft, "w", encoding="utf-8", opener=open_privately) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def open_privately(path: str, flags: int) -> int:
    """`os.open` with a mode that shuts everybody else out."""
    return os.open(path, flags, 0o600)
