"""Looks at this machine and says what is in the way of the stack, each with its fix."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from tyreloop.domain.errors import TyreloopError
from tyreloop.local.cluster import account_for_postgres, find_binaries
from tyreloop.local.folder import StackFolder
from tyreloop.local.ports import NamedPort, is_free, named_ports, next_free
from tyreloop.local.stack import find_leftovers
from tyreloop.settings import Settings

NEEDED_MEMORY_GIGABYTES = 2.0  # MLflow, pages, service with a model, Postgres


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    title: str
    good: bool
    words: str


def examine(settings: Settings, folder: StackFolder) -> list[Finding]:
    """Everything that a start depends on."""
    return [
        look_at_python(),
        look_at_memory(),
        look_at("Disk and data folder", lambda: look_at_folder(folder)),
        look_at("Postgres", lambda: look_at_postgres(folder)),
        look_at_torch(),
        *look_at_ports(settings, folder),
        look_at_leftovers(folder),
    ]


def look_at(title: str, check: Callable[[], str]) -> Finding:
    """A check that refuses with one of our own sentences."""
    try:
        return Finding(title, True, check())
    except TyreloopError as refusal:
        return Finding(title, False, str(refusal))


def look_at_python() -> Finding:
    found = f"{sys.version.split()[0]} at {sys.executable}"
    good = sys.version_info[:2] >= (3, 11)
    fix = "" if good else ": 3.11 or newer is needed; remove .venv, `make up`."
    return Finding("Python", good, found + fix)


def look_at_memory() -> Finding:
    """What is free now, not what is built in."""
    free = psutil.virtual_memory().available / 1e9
    good = free >= NEEDED_MEMORY_GIGABYTES
    return Finding(
        "Memory", good, f"{free:.1f} GB free" + ("" if good else ", 2 GB are needed: close other programs.")
    )


def look_at_folder(folder: StackFolder) -> str:
    """Writable, with room; makes the folder as a start would."""
    folder.prepare()
    return f"{folder.root}, {shutil.disk_usage(folder.root).free / 1e9:.0f} GB free"


def look_at_postgres(folder: StackFolder) -> str:
    binaries = find_binaries()
    account = account_for_postgres([folder.root, binaries], cluster=folder.postgres / "cluster")
    return f"{binaries.parent.name} as {'account nobody' if account else 'this account'}"


def look_at_torch() -> Finding:
    """Which build is there, and whether it fits this machine."""
    card = shutil.which("nvidia-smi") is not None or Path("/dev/nvidia0").exists()
    machine = "with an NVIDIA card" if card else "without an NVIDIA card"
    build = installed("torch")
    if build is None:
        fix = "training is left out; `rm .venv/tyreloop-stamp.json; make up` tries again"
        return Finding("GPU and torch", True, f"machine {machine}, no torch: {fix}")
    wasteful = installed("nvidia-cublas") is not None and not card
    fix = "; it brought gigabytes of GPU packages: remove .venv, `make up`" if wasteful else ""
    return Finding("GPU and torch", not wasteful, f"machine {machine}, torch {build}{fix}")


def installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def look_at_ports(settings: Settings, folder: StackFolder) -> Iterator[Finding]:
    """The known ports; and the database's, which moves on by itself unless it was asked for."""
    ours = folder.is_held()
    asked = "postgres_port" in settings.model_fields_set
    for port in (*named_ports(settings), NamedPort("database", "POSTGRES_PORT", settings.postgres_port)):
        title = f"Port {port.number}"
        if ours or is_free(port.number):
            yield Finding(title, True, f"{port.title}: {'in use by this stack' if ours else 'free'}")
        elif port.title == "database" and not asked:
            next_one = next_free(port.number + 1)
            yield Finding(title, True, f"database: in use, {next_one} will be taken instead")
        else:
            yield Finding(title, False, port.busy_sentence)


def look_at_leftovers(folder: StackFolder) -> Finding:
    """Programs of a stack that was killed."""
    left = [] if folder.is_held() or not folder.root.is_dir() else find_leftovers(folder)
    words = f"{len(left)} programs of a killed stack: `make down` ends them" if left else "none"
    return Finding("Leftovers", not left, words)
