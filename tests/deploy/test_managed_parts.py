"""A database elsewhere, reached by environment alone; one that cannot prove its name is told nothing."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

import psycopg2
import pytest

from tests.fixtures.cluster_server import stop, wait_for_answer
from tests.fixtures.service_process import ROOT
from tyreloop.local.ports import any_free
from tyreloop.settings import Settings

PROGRAMS = next((file.parent for file in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))), None)
NEW = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc")
pytestmark = pytest.mark.skipif(
    not (PROGRAMS and which("openssl")), reason="no Postgres with TLS is installed"
)


@pytest.fixture(scope="module")
def managed() -> Iterator[dict[str, str]]:
    """A server that speaks TLS as `localhost` to those who know its authority; what its customers set."""
    assert PROGRAMS
    with TemporaryDirectory(prefix="tyreloop-managed-", ignore_cleanup_errors=True) as made:
        folder, account = Path(made), {"user": "nobody"} if os.geteuid() == 0 else {}
        for name in ("authority", "another"):
            openssl(
                folder, *NEW, "-x509", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem"
            )
        openssl(
            folder,
            *NEW,
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-keyout",
            "server.key",
            "-out",
            "server.csr",
        )
        openssl(
            folder,
            "x509",
            "-req",
            "-in",
            "server.csr",
            "-CA",
            "authority.pem",
            "-CAkey",
            "authority.key",
            "-copy_extensions",
            "copy",
            "-out",
            "server.pem",
        )
        (folder / "password").write_text("only-for-tests")
        if account:
            nobody = pwd.getpwnam("nobody").pw_uid
            for path in (folder, *folder.iterdir()):
                os.chown(path, nobody, -1)
        data, port = folder / "data", any_free()
        first = ("-U", "tyreloop", "--pwfile", folder / "password", "--auth", "scram-sha-256")
        subprocess.run(
            [PROGRAMS / "initdb", "-D", data, *first], check=True, capture_output=True, cwd=folder, **account
        )
        (data / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n")
        files = (
            "-c",
            "ssl=on",
            "-c",
            f"ssl_cert_file={folder}/server.pem",
            "-c",
            f"ssl_key_file={folder}/server.key",
        )
        command = [
            PROGRAMS / "postgres",
            "-D",
            data,
            "-p",
            str(port),
            "-k",
            folder,
            "-c",
            "fsync=off",
            *files,
        ]
        with (folder / "said").open("wb") as said:
            server = subprocess.Popen(command, stdout=said, stderr=said, cwd=folder, **account)
        try:
            dsn = {"host": "localhost", "port": port, "user": "tyreloop", "password": "only-for-tests"}
            wait_for_answer(server, {**dsn, "dbname": "postgres"}, log_file=folder / "said")
            yield {
                "POSTGRES_HOST": "localhost",
                "POSTGRES_PORT": str(port),
                "POSTGRES_DB": "postgres",
                "POSTGRES_USER": "tyreloop",
                "POSTGRES_PASSWORD": "only-for-tests",
                "PGSSLMODE": "verify-full",
                "PGSSLROOTCERT": str(folder / "authority.pem"),
            }
        finally:
            stop(server)


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=folder)


def migrate(settings: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """In a folder of its own, so that no `.env` and no local stack is heard."""
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder), "PYTHONPATH": str(ROOT), **settings}
    command = [sys.executable, "-m", "tyreloop.cli", "migrate"]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)


def test_a_managed_database_is_reached_by_environment_alone(managed: dict[str, str], tmp_path: Path) -> None:
    done = migrate(managed, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "0001_core" in done.stdout


@pytest.mark.parametrize(
    ("host", "authority", "why"),
    [
        ("localhost", "another.pem", "certificate verify failed"),
        ("127.0.0.1", "authority.pem", "does not match host name"),
    ],
)
def test_who_cannot_prove_its_name_is_told_nothing(
    managed: dict[str, str], monkeypatch: pytest.MonkeyPatch, host: str, authority: str, why: str
) -> None:
    root = Path(managed["PGSSLROOTCERT"]).with_name(authority)
    for name, value in {**managed, "POSTGRES_HOST": host, "PGSSLROOTCERT": str(root)}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(psycopg2.OperationalError, match=why):
        psycopg2.connect(**Settings(_env_file=None).postgres_dsn)
