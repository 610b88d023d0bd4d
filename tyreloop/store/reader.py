"""The password with which Grafana reads."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

import psycopg2
from psycopg2 import sql

READER = "grafana_reader"


def set_reader_password(dsn: Mapping[str, Any], password: str) -> None:
    """Let Grafana's reader log in with this password; the database must be migrated."""
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(READER), sql.Literal(password))
    with closing(psycopg2.connect(**dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)
