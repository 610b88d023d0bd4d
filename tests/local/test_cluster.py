"""The embedded Postgres: real, as root and as a plain user, in open and in closed folders, after a crash."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import pytest

from tests.fixtures.cluster_server import running_cluster
from tyreloop.local.cluster import Cluster, account_for_postgres, first_closed_folder
from tyreloop.local.databases import statements
from tyreloop.local.ports import any_free
from tyreloop.local.program import Account, StackFailed, launch_command

ROOT = Path(__file__).parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="Only root can become somebody else.")

REPORT = """
import json, os, sys
from pathlib import Path
from tyreloop.local.cluster import Cluster
from tyreloop.local.databases import statements
from tests.fixtures.cluster_server import running_cluster
with running_cluster(Path(sys.argv[1]), near_port=int(sys.argv[2])) as dsn, statements(dsn) as at:
    at.execute("SELECT current_user")
    print(json.dumps([os.getuid(), at.fetchone()[0]]))
"""


@pytest.fixture(scope="module")
def cluster_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cluster for the tests that do not mind a used one: making one takes a second."""
    return tmp_path_factory.mktemp("cluster")


@pytest.fixture
def dsn(cluster_folder: Path) -> Iterator[dict[str, Any]]:
    with running_cluster(cluster_folder, near_port=any_free()) as dsn:
        yield dsn


def postmaster(folder: Path) -> psutil.Process:
    return psutil.Process(int((folder / "cluster" / "postmaster.pid").read_text().split()[0]))


def ask(dsn: dict[str, Any], question: str) -> object:
    with statements(dsn) as at:
        at.execute(question)
        row = at.fetchone()
        return row[0] if row else None


def test_it_never_runs_as_root(dsn: dict[str, Any], cluster_folder: Path) -> None:
    uids = postmaster(cluster_folder).uids()
    assert 0 not in (uids.real, uids.effective, uids.saved)


def test_only_this_machine_reaches_it(dsn: dict[str, Any], cluster_folder: Path) -> None:
    listening = [
        seen for seen in postmaster(cluster_folder).net_connections("all") if seen.status == "LISTEN"
    ]
    assert {seen.laddr.ip for seen in listening} == {"127.0.0.1"}


def test_the_password_is_kept_for_its_owner_only(dsn: dict[str, Any], cluster_folder: Path) -> None:
    assert (cluster_folder / "superuser").stat().st_mode & 0o777 == 0o600


def test_without_the_password_nobody_enters(dsn: dict[str, Any]) -> None:
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(**{**dsn, "password": "guessed"})


def test_what_was_committed_survives_a_kill(cluster_folder: Path) -> None:
    with running_cluster(cluster_folder, near_port=any_free()) as dsn:
        ask(dsn, "CREATE TABLE IF NOT EXISTS kept (number int); INSERT INTO kept VALUES (7) RETURNING 1")
        killed = postmaster(cluster_folder)
        killed.send_signal(signal.SIGKILL)
        psutil.wait_procs([killed], timeout=10)
    with running_cluster(cluster_folder, near_port=any_free()) as dsn:
        assert ask(dsn, "SELECT max(number) FROM kept") == 7


def test_an_interrupted_first_start_is_begun_again(tmp_path: Path) -> None:
    half_made = tmp_path / "cluster.draft"
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18")
    Cluster.prepare(tmp_path)
    assert (tmp_path / "cluster" / "PG_VERSION").exists()
    assert not half_made.exists()


def test_a_cluster_of_another_version_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "cluster").mkdir()
    (tmp_path / "cluster" / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(StackFailed, match=r"made by Postgres 9\.6.*backup"):
        Cluster.prepare(tmp_path)


@as_root
def test_a_plain_user_runs_it_as_himself(tmp_path: Path) -> None:
    person = pwd.getpwnam("daemon")
    os.chown(tmp_path, person.pw_uid, person.pw_gid)
    # The checkout may lie in a folder that only root may enter; a real user would have his own.
    account = Account(person.pw_uid, person.pw_gid, enters_closed_folders=True)
    command = [sys.executable, "-c", REPORT, str(tmp_path), str(any_free())]
    done = subprocess.run(
        launch_command(command, account=account), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == f'[{person.pw_uid}, "postgres"]', done.stderr


@as_root
@pytest.mark.parametrize(("place", "keeps_one"), [("closed", True), ("open", False)])
def test_only_a_closed_folder_leaves_a_capability(tmp_path: Path, place: str, keeps_one: bool) -> None:
    tmp_path.chmod(0o700)
    path = tmp_path if place == "closed" else Path("/usr/bin")
    account = account_for_postgres([path], cluster=tmp_path / "cluster")
    assert account is not None
    assert account.enters_closed_folders is keeps_one


@as_root
def test_root_runs_a_plain_users_cluster_as_that_user(tmp_path: Path) -> None:
    (tmp_path / "cluster").mkdir()
    person = pwd.getpwnam("daemon")
    os.chown(tmp_path / "cluster", person.pw_uid, person.pw_gid)
    account = account_for_postgres([Path("/usr/bin")], cluster=tmp_path / "cluster")
    assert account == Account(person.pw_uid, person.pw_gid)


@as_root
def test_the_capability_only_reads(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "secret").write_text("seen")
    account = account_for_postgres([tmp_path], cluster=tmp_path / "cluster")
    show = "cat secret; touch new 2>/dev/null || echo -n ' not written'"
    command = launch_command(["/bin/sh", "-c", show], account=account)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "seen not written"


def test_a_folder_is_closed_to_those_whom_its_bits_shut_out(tmp_path: Path) -> None:
    stranger = Account(uid=54321, gid=54321)
    tmp_path.chmod(0o700)
    inner = tmp_path / "inner"
    inner.mkdir(mode=0o755)
    assert first_closed_folder(inner, stranger) in (tmp_path, *tmp_path.parents)
