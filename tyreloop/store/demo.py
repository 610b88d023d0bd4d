"""Loads made-up feedback by COPY; what was loaded before is left alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import StringIO
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.store.db import Database, queries

Rows = Iterable[tuple[Any, ...]]

COLUMNS = {
    "demo_predictions": (
        "id, photo_id, visitor, model_name, model_version, answer, unusable_reason, probabilities, "
        "timings_ms, latency_ms, source, request_id, is_demo, made_at"
    ),
    "demo_votes": "prediction_id, visitor, liked, reasons, cast_at",
    "demo_corrections": "prediction_id, visitor, label, given_at",
}


def load_demo(
    database: Database, *, photo_id: str, predictions: Rows, votes: Rows, corrections: Rows
) -> Mapping[str, int]:
    """Add the rows that are new; answers how many of each."""

    def work(connection: Connection) -> Mapping[str, int]:
        queries.prepare_demo_tables(connection)
        queries.add_demo_photo(connection, photo_id=photo_id)
        _copy(connection, "demo_predictions", predictions)
        _copy(connection, "demo_votes", votes)
        _copy(connection, "demo_corrections", corrections)
        return {
            "predictions": queries.keep_demo_predictions(connection),
            "votes": queries.keep_demo_votes(connection),
            "corrections": queries.keep_demo_corrections(connection),
        }

    return database.run(work)


def _copy(connection: Connection, table: str, rows: Rows) -> None:
    text = StringIO("".join("\t".join(map(_cell, row)) + "\n" for row in rows))
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({COLUMNS[table]}) FROM STDIN", text)


def _cell(value: Any) -> str:
    if value is None:
        return "\\N"
    text = str(value)
    if text.isalnum():
        return text
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
