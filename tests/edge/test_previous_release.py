"""While colours change, the old service works on the new schema: what it writes still arrives."""

from __future__ import annotations

import subprocess
import tarfile
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import requests
from psycopg2 import sql

from tests.fixtures.service_process import ROOT, started


def code_before_the_newest_migration(into: Path) -> None:
    def git(*words: str) -> bytes:
        return subprocess.run(["git", *words], cwd=ROOT, check=False, capture_output=True).stdout

    newest = git("log", "-1", "--format=%H", "--", "postgres/migrations").decode().strip()
    if not (packed := git("archive", f"{newest}^", "inference_api", "tyreloop", "postgres")):
        pytest.skip("the history of this checkout does not reach back so far")
    with tarfile.open(fileobj=BytesIO(packed)) as tar:
        tar.extractall(into, filter="data")


@pytest.mark.slow
def test_the_service_of_before_keeps_photos_votes_and_corrections_on_the_schema_of_now(
    database_dsn: dict[str, Any], service_data_dir: Path, tmp_path: Path, bright: bytes
) -> None:
    code_before_the_newest_migration(tmp_path)
    names = {"HOST": "host", "PORT": "port", "DB": "dbname", "USER": "user", "PASSWORD": "password"}
    login = {f"POSTGRES_{name}": str(database_dsn[key]) for name, key in names.items()}
    alice = {"X-Visitor": "alice-0001"}
    with started(service_data_dir, code=tmp_path, **login) as before:
        made = f"http://127.0.0.1:{before.port}/v1/predictions"
        judged = requests.post(made, bright, headers={**alice, "Content-Type": "image/jpeg"}, timeout=30)
        assert judged.status_code == 201
        for what, said in {"vote": {"liked": False}, "correction": {"label": "good"}}.items():
            answer = requests.put(
                f"{made}/{judged.json()['id']}/{what}", json=said, headers=alice, timeout=30
            )
            assert answer.json()["delivery"] == "stored"
    for table in ("predictions", "votes", "corrections"):
        assert rows_in(table, database_dsn) == 1


def rows_in(table: str, dsn: dict[str, Any]) -> int:
    with closing(psycopg2.connect(**dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
        return int((cursor.fetchone() or [0])[0])
