"""How long each scheduled job may go without a success, as its line in the schedule implies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.store.db import queries
from tyreloop.tasks.schedule import Line, standing_schedule

GRACE = timedelta(minutes=15)


def note_job_limits(connection: Connection) -> None:
    """Write down what the schedule says now."""
    lines = standing_schedule()
    rows = [
        {"job": line.task.name, "silent_minutes": allowed_silence(line) / timedelta(minutes=1)}
        for line in lines
    ]
    queries.put_job_limit(connection, rows)
    queries.drop_job_limits(connection, jobs=[row["job"] for row in rows])


def allowed_silence(line: Line) -> timedelta:
    """Twice the longest pause between two runs, and a little: one failed run alone pages nobody."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)  # any moment: the pauses of two weeks are looked at
    moments = [moment]
    while moments[-1] < moment + timedelta(days=14) and len(moments) < 50:
        moments.append(line.next_time(moments[-1]))
    return 2 * max(after - before for before, after in pairwise(moments[1:])) + GRACE
