"""The data folder of the local stack: what lies where, and whether it can be used at all."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tyreloop.domain.errors import TyreloopError
from tyreloop.settings import STACK_ENV, Settings

NEEDED_MEGABYTES = 500  # an empty cluster, MLflow's tables, logs, and room for the first photos


class FolderNotWritable(TyreloopError):
    """The data folder cannot be made or written."""

    code = "folder_not_writable"


class DiskTooFull(TyreloopError):
    """There is not enough free space for the stack to run."""

    code = "disk_too_full"


class StackFolder:
    """Names of everything that the stack keeps."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.postgres = root / "postgres"
        self.artifacts = root / "mlflow"
        self.logs = root / "logs"
        self.secrets = root / "secrets"
        self.record = root / "stack.json"
        self.mlflow_login = self.secrets / "mlflow_login"
        self.invitation = self.secrets / "invitation"
        self.lock = root / "stack.lock"
        self.environment = root / STACK_ENV

    @classmethod
    def of(cls, settings: Settings) -> StackFolder:
        """The data folder by its full name, whatever folder a command is run from."""
        return cls(settings.data_dir.expanduser().resolve())

    def prepare(self) -> None:
        """Make the folders, or say in one sentence why that cannot be."""
        try:
            # Others may pass through (Postgres may be another account) but not look around.
            self.root.mkdir(parents=True, exist_ok=True)
            self.root.chmod(0o711)
            for folder in (self.artifacts, self.logs, self.secrets):
                folder.mkdir(exist_ok=True, mode=0o700)
            require_writable(self.root)
        except OSError as error:
            raise FolderNotWritable(
                f"The data folder {self.root} cannot be written ({error.strerror}): "
                "make it writable, or name another one, `DATA_DIR=~/tyreloop-data make up`."
            ) from error
        self.require_space()

    def require_space(self) -> None:
        """Refuse to begin where the disk would fill up."""
        free = shutil.disk_usage(self.root).free // 1_000_000
        if free < NEEDED_MEGABYTES:
            raise DiskTooFull(
                f"Only {free} MB are free where {self.root} lies and {NEEDED_MEGABYTES} MB are needed: "
                "free some space, or name a folder on another disk, `DATA_DIR=/path make up`."
            )

    @contextmanager
    def hold(self) -> Iterator[bool]:
        """Hold the folder for one running stack; yields False when another one holds it."""
        with self.lock.open("a") as lock:
            yield locked_soon(lock)

    def is_held(self) -> bool:
        """Whether a stack runs from this folder now."""
        if not self.lock.exists():
            return False
        with self.lock.open("r") as lock:
            return not locked(lock, fcntl.LOCK_SH)


def login_file(role: str) -> str:
    """Where the password of a role in the database lies, in the folder of secrets."""
    return f"{role}_db_password"


def locked_soon(lock: IO[str]) -> bool:
    """Whether the lock is ours; one that is only being looked at is free again a moment later."""
    for _ in range(5):
        if locked(lock, fcntl.LOCK_EX):
            return True
        time.sleep(0.1)
    return False


def locked(lock: IO[str], kind: int) -> bool:
    """Try to take the lock, without waiting."""
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def require_writable(folder: Path) -> None:
    """Really write: permission bits do not tell of read-only disks."""
    probe = folder / f".probe.{os.getpid()}"
    probe.write_bytes(b"")
    probe.unlink()
