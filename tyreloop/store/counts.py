"""Keeps the hourly counts: moves pending changes into them, or recounts them from the rows."""

from __future__ import annotations

from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.store.db import Database, queries


def roll_up(database: Database) -> int:
    """Move all pending changes into the hourly counts, in one transaction: no chart ever misses any.

    Answers how many hourly counts changed.
    """
    return database.run(_roll_up)


def recount(database: Database) -> int:
    """Make the hourly counts equal to the rows again; answers how many were wrong."""
    return database.ask(_recount)


def _roll_up(connection: Connection) -> int:
    queries.take_turns_at_counting(connection)
    return _move_pending(connection)


def _move_pending(connection: Connection) -> int:
    steps = (queries.roll_up_predictions, queries.roll_up_votes, queries.roll_up_corrections)
    return sum(step(connection) for step in steps)


def _recount(connection: Connection) -> int:
    # The lock must be held before the snapshot is taken, or another's roll-up could slip in between.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('hourly counts'))")
    try:
        return _recount_in_one_snapshot(connection)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('hourly counts'))")


def _recount_in_one_snapshot(connection: Connection) -> int:
    connection.isolation_level = ISOLATION_LEVEL_REPEATABLE_READ
    try:
        with connection:
            _move_pending(connection)
            steps = (
                queries.recount_predictions,
                queries.recount_latency,
                queries.recount_votes,
                queries.recount_sources,
                queries.recount_corrections,
            )
            return sum(step(connection) for step in steps)
    finally:
        if not connection.closed:
            connection.isolation_level = None
