"""Looks into the outboxes of the other processes on this machine: a prediction may wait there."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from tyreloop.domain.photos import PredictionId, Visitor

SUFFIX = ".outbox"


def whose_prediction(folder: Path, prediction_id: PredictionId) -> Visitor | None:
    """Whom a prediction belongs to that waits in any outbox of the folder; none if it waits nowhere."""
    for file in sorted(folder.glob(f"*{SUFFIX}")):
        if (visitor := _look(file, prediction_id)) is not None:
            return visitor
    return None


def _look(file: Path, prediction_id: PredictionId) -> Visitor | None:
    sql = "SELECT visitor FROM letters WHERE prediction_id = ? AND kind = 'prediction'"
    with (
        suppress(sqlite3.Error),  # being made, being moved, damaged: its own process sees to that
        closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=1)) as connection,
    ):
        row = connection.execute(sql, (prediction_id,)).fetchone()
        return Visitor(row[0]) if row else None
    return None
