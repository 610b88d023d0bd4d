"""A small history with every kind of row that a chart reads: three weeks, two versions, fixed by a seed."""

from __future__ import annotations

from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class


def write_history(connection: Connection) -> None:
    """Fill an empty database."""
    with connection.cursor() as cursor:
        cursor.execute(Path(__file__).with_name("history.sql").read_text(encoding="utf-8"))
