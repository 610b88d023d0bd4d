"""The migrations and the readable schema build the same database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg2

from tyreloop.store.migrations import migrate

SCHEMA = Path(__file__).parents[2] / "postgres" / "schema.sql"

COLUMNS = """
SELECT table_schema, table_name, column_name, ordinal_position, data_type, is_nullable, column_default
FROM information_schema.columns WHERE table_schema IN ('public', 'monitoring')
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace IN ('public'::regnamespace, 'monitoring'::regnamespace)
"""
INDEXES = "SELECT schemaname, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
VIEWS = "SELECT schemaname, viewname, definition FROM pg_views WHERE schemaname = 'monitoring'"
ROUTINES = """
SELECT oid::regprocedure::text, pg_get_functiondef(oid) FROM pg_proc
WHERE pronamespace IN ('public'::regnamespace, 'monitoring'::regnamespace)
"""
TRIGGERS = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
RIGHTS = """
SELECT relnamespace::regnamespace::text, relname, array_to_string(relacl, ' ') FROM pg_class
WHERE relnamespace IN ('public'::regnamespace, 'monitoring'::regnamespace) AND relkind IN ('r', 'v')
"""
COLUMN_RIGHTS = """
SELECT attrelid::regclass::text, attname, array_to_string(attacl, ' ') FROM pg_attribute
WHERE attacl IS NOT NULL
"""
OTHER_RIGHTS = """
SELECT oid::regprocedure::text, array_to_string(proacl, ' ') FROM pg_proc
WHERE pronamespace = 'public'::regnamespace
UNION ALL
SELECT nspname, array_to_string(nspacl, ' ') FROM pg_namespace
WHERE nspname IN ('public', 'monitoring', 'broker')
"""
COMMENTS = """
SELECT objoid::regclass::text, objsubid, description FROM pg_description
WHERE classoid = 'pg_class'::regclass
"""
ASPECTS = (
    COLUMNS,
    CONSTRAINTS,
    INDEXES,
    VIEWS,
    ROUTINES,
    TRIGGERS,
    RIGHTS,
    COLUMN_RIGHTS,
    OTHER_RIGHTS,
    COMMENTS,
)


def describe(dsn: dict[str, Any]) -> set[tuple[Any, ...]]:
    connection = psycopg2.connect(**dsn)
    try:
        with connection.cursor() as cursor:
            found: set[tuple[Any, ...]] = set()
            for aspect in ASPECTS:
                cursor.execute(aspect)
                found.update(row for row in cursor.fetchall() if "schema_migrations" not in str(row))
            return found
    finally:
        connection.close()


def test_migrations_and_schema_build_the_same(
    database_dsn: dict[str, Any], empty_database_dsn: dict[str, Any]
) -> None:
    connection = psycopg2.connect(**empty_database_dsn)
    with connection, connection.cursor() as cursor:
        cursor.execute(SCHEMA.read_text(encoding="utf-8"))
    connection.close()
    assert describe(empty_database_dsn) == describe(database_dsn)


def test_migrating_twice_runs_nothing_twice(empty_database_dsn: dict[str, Any]) -> None:
    assert migrate(empty_database_dsn)
    assert migrate(empty_database_dsn) == []
