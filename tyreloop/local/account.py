"""Which account Postgres runs as: ours, or `nobody` when we are root, as Postgres refuses to run as root."""

from __future__ import annotations

import os
import pwd
import stat
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tyreloop.local.errors import ProgramMissing


@dataclass(frozen=True, slots=True)
class Account:
    """An account by its numbers; `enters_closed_folders` keeps the one capability that reading needs."""

    uid: int
    gid: int
    enters_closed_folders: bool = False

    @property
    def launch_options(self) -> tuple[str, ...]:
        """How `launch.py` is told to become this account."""
        options = ("--uid", str(self.uid), "--gid", str(self.gid))
        return (*options, "--enter-closed-folders") if self.enters_closed_folders else options


def account_for_postgres(paths: Iterable[Path], *, cluster: Path) -> Account | None:
    """The account that Postgres must change to, or None to stay as we are."""
    if os.geteuid() != 0:
        return None
    account = owner_of(cluster) or find_nobody()
    closed = next((closed for path in paths if (closed := first_closed_folder(path, account))), None)
    if closed is None:
        return account
    if sys.platform != "linux":
        raise ProgramMissing(
            f"Postgres does not run as root and its account cannot enter {closed}: "
            "run this as a plain user, or from a folder that everybody may enter."
        )
    return Account(account.uid, account.gid, enters_closed_folders=True)


def owner_of(cluster: Path) -> Account | None:
    """Whose cluster it is already: a plain user's, when he ran the stack before root did."""
    if not cluster.exists():
        return None
    found = cluster.stat()
    return Account(found.st_uid, found.st_gid) if found.st_uid else None


def find_nobody() -> Account:
    """The account `nobody` of this machine."""
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError as error:
        raise ProgramMissing(
            "Postgres does not run as root and this machine has no account nobody: run this as a plain user."
        ) from error
    return Account(entry.pw_uid, entry.pw_gid)


def first_closed_folder(path: Path, account: Account) -> Path | None:
    """The first folder on the way to `path`, itself included, that the account cannot enter."""
    way = [*reversed(path.parents), path]
    return next((folder for folder in way if folder.is_dir() and not may_enter(folder, account)), None)


def may_enter(folder: Path, account: Account) -> bool:
    """Whether the permission bits let the account pass through the folder."""
    found = folder.stat()
    if found.st_uid == account.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == account.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)
