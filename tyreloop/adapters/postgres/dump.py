"""Whole databases out and in, with Postgres's own programs."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.adapters.postgres.programs import find_program
from tyreloop.domain.errors import StoreUnavailable, TyreloopError
from tyreloop.settings import environment_for_child

Dsn = Mapping[str, Any]


class DumpFailed(TyreloopError):
    """A database could not be written out, or not be read in."""

    code = "dump_failed"


def dump_database(dsn: Dsn, file: Path) -> None:
    """Write a database into a file; those who use it meanwhile are not disturbed."""
    _run("pg_dump", dsn, "--format=custom", "--no-owner", f"--file={file}", f"--dbname={dsn['dbname']}")


def restore_database(dsn: Dsn, file: Path) -> None:
    """Replace everything in a database by what is in a file, or change nothing."""
    _empty(dsn)
    _run(
        "pg_restore",
        dsn,
        "--no-owner",
        "--exit-on-error",
        "--single-transaction",
        f"--dbname={dsn['dbname']}",
        str(file),
    )


def count_rows(dsn: Dsn) -> dict[str, int]:
    """How many rows each table has."""
    with closing(_connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        counts = {}
        for (table,) in cursor.fetchall():
            cursor.execute(sql.SQL("SELECT count(*) FROM public.{}").format(sql.Identifier(table)))
            counts[str(table)] = _one_number(cursor)
        return counts


def may_connect(dsn: Dsn) -> bool:
    """Whether there is such a database that we may use."""
    try:
        _connect(dsn).close()
    except StoreUnavailable:
        return False
    return True


def _empty(dsn: Dsn) -> None:
    with closing(_connect(dsn)) as connection, connection, connection.cursor() as cursor:
        # Every schema, so that none of a new migration is forgotten; pg_ names are Postgres's own.
        cursor.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
        )
        schemas = sql.SQL(", ").join(sql.Identifier(name) for (name,) in cursor.fetchall())
        cursor.execute(sql.SQL("DROP SCHEMA {} CASCADE; CREATE SCHEMA public").format(schemas))


def _run(program: str, dsn: Dsn, *options: str) -> None:
    where = (f"--host={dsn['host']}", f"--port={dsn['port']}", f"--username={dsn['user']}", "--no-password")
    path = find_program(program, server_major=_server_major(dsn))
    done = subprocess.run(  # noqa: S603 - a program of Postgres, with our own settings
        [path, *where, *options],
        env=environment_for_child({"PGPASSWORD": str(dsn["password"]), "PGCONNECT_TIMEOUT": "10"}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise DumpFailed(f"{program} did not succeed with the database {dsn['dbname']}: {reason}")


def _server_major(dsn: Dsn) -> int:
    with closing(_connect(dsn)) as connection:
        return int(connection.server_version) // 10_000


def _one_number(cursor: Any) -> int:
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def _connect(dsn: Dsn) -> Connection:
    try:
        connection: Connection = psycopg2.connect(**{"connect_timeout": 10, **dsn})
    except psycopg2.OperationalError as error:
        raise StoreUnavailable(f"The database {dsn['dbname']} does not answer.") from error
    return connection
