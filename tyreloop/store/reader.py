"""The passwords with which Grafana reads and the services log in."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

import psycopg2
from psycopg2 import sql

READER = "grafana_reader"
SERVICES = ("api", "pages", "worker", "tasks")  # each logs in as tyreloop_NAME


def set_reader_password(dsn: Mapping[str, Any], password: str) -> None:
    """Let Grafana's reader log in with this password; the database must be migrated."""
    set_login(dsn, READER, password)


def set_login(dsn: Mapping[str, Any], role: str, password: str) -> None:
    """Let a role of the services log in with this password, and what it may not make itself be its own."""
    statement = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
    with closing(psycopg2.connect(**dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)
