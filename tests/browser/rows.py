"""What the browser tests ask the real database."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

import psycopg2


def rows(dsn: Mapping[str, Any], statement: str, *values: object) -> list[tuple[Any, ...]]:
    """The rows of one statement."""
    with closing(psycopg2.connect(**dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def take_answers_out_of_all_hands(dsn: Mapping[str, Any]) -> None:
    """Reviewers of earlier tests hold some for five minutes."""
    with closing(psycopg2.connect(**dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM review_claims")


def votes_on(dsn: Mapping[str, Any], prediction_id: str) -> list[bool | None]:
    """Every vote row of a prediction: liked, disliked, or taken back."""
    found = rows(dsn, "SELECT liked FROM votes WHERE prediction_id = %s", prediction_id)
    return [liked for (liked,) in found]
