"""Brings a database to the newest schema: one SQL file, one transaction, one row in `schema_migrations`.

The questions of the charts hold no data: their file makes all of them anew whenever its text has changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import errors
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.domain.errors import NotConfigured, StoreUnavailable, TyreloopError
from tyreloop.shipped import MIGRATIONS, require_files

CHARTS = Path(__file__).parents[1] / "monitoring" / "charts.sql"
LOCK = 7_203_918  # any number, the same for all who migrate this product's databases

BOOKKEEPING = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    name text PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


class MigrationChanged(TyreloopError):
    """A migration that ran before now has another text."""

    code = "migration_changed"


def migrate(dsn: Mapping[str, Any], *, folder: Path = MIGRATIONS) -> list[str]:
    """Run what has not run yet; answers the names. Two at once take turns."""
    try:
        with closing(psycopg2.connect(**dsn)) as connection:
            return list(_run_missing(connection, folder))
    except psycopg2.OperationalError as error:
        raise StoreUnavailable(f"The database cannot be migrated: {error}") from error
    except errors.InsufficientPrivilege as error:
        raise NotConfigured(
            f"{dsn['user']} does not own the database {dsn['dbname']}: log in as whoever migrates it."
        ) from error


def _run_missing(connection: Connection, folder: Path) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        cursor.execute(BOOKKEEPING)
        cursor.execute("SELECT name, checksum FROM schema_migrations")
        done = dict(cursor.fetchall())
    connection.commit()
    for file in require_files(folder, "*.sql"):
        if _must_run(file, done):
            _run(connection, file)
            yield file.stem
    if done.get(CHARTS.stem) != _checksum(CHARTS):
        _run(connection, CHARTS)
        yield CHARTS.stem


def _must_run(file: Path, done: Mapping[str, str]) -> bool:
    if file.stem not in done:
        return True
    if done[file.stem] != _checksum(file):
        raise MigrationChanged(f"Migration {file.name} was changed after it ran; add a new file instead.")
    return False


def _run(connection: Connection, file: Path) -> None:
    with connection, connection.cursor() as cursor:
        cursor.execute(file.read_text(encoding="utf-8"))
        cursor.execute(
            "INSERT INTO schema_migrations (name, checksum) VALUES (%s, %s)"
            " ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, applied_at = now()",
            (file.stem, _checksum(file)),
        )


def _checksum(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()
