"""The database's time zone comes from the environment, whatever the database is called."""

from __future__ import annotations

import os
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from tyreloop.store.dump import find_program

SCRIPT = Path(__file__).parents[2] / "postgres" / "timezone.sql"


@pytest.mark.parametrize(("given", "expected"), [("Europe/Berlin", "Europe/Berlin"), (None, "Asia/Seoul")])
def test_the_zone_is_set_for_this_database(
    database_dsn: dict[str, Any], given: str | None, expected: str
) -> None:
    with closing(psycopg2.connect(**database_dsn)) as connection:
        psql = find_program("psql", server_major=connection.server_version // 10_000)
    rest = {name: value for name, value in os.environ.items() if name != "TZ"}
    subprocess.run(
        [psql, "-X", "-v", "ON_ERROR_STOP=1", "-f", SCRIPT],
        env={
            **rest,
            **({"TZ": given} if given else {}),
            "PGHOST": database_dsn["host"],
            "PGPORT": str(database_dsn["port"]),
            "PGUSER": database_dsn["user"],
            "PGPASSWORD": database_dsn["password"],
            "PGDATABASE": database_dsn["dbname"],
        },
        check=True,
        capture_output=True,
    )
    with closing(psycopg2.connect(**database_dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW timezone")
        found = cursor.fetchone()
        cursor.execute(f'ALTER DATABASE "{database_dsn["dbname"]}" RESET timezone')
        connection.commit()
    assert found == (expected,)


def test_every_moment_is_stored_with_its_zone(database_dsn: dict[str, Any]) -> None:
    with closing(psycopg2.connect(**database_dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND data_type = 'timestamp without time zone'"
        )
        assert cursor.fetchall() == []
