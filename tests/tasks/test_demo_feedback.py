"""Made-up feedback: it looks like real feedback, and is never among it."""

from __future__ import annotations

from typing import Any

import pytest

from tyreloop.tasks.catalogue import task_named
from tyreloop.tasks.task import Tools, run_task

CONTENT = """
SELECT model_version, sum(likes)::float / sum(likes + dislikes) AS ratio
FROM monitoring.hourly_votes_with_demo WHERE is_demo GROUP BY 1
"""


def rows_of(tools: Tools, sql: str) -> list[dict[str, Any]]:
    def read(connection: Any) -> list[dict[str, Any]]:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return [dict(row) for row in cursor.fetchall()]

    return tools.database.ask(read)


def test_demo_feedback_tells_a_story_and_stays_apart(tools: Tools) -> None:
    job = task_named("demo-feedback")
    added = run_task(job, tools, days=20, rows=3000)
    assert added is not None
    assert added["votes"] == pytest.approx(3000, rel=0.05)
    content = {row["model_version"]: row["ratio"] for row in rows_of(tools, CONTENT)}
    assert content["3"] > content["1"] > content["2"] + 0.1
    assert rows_of(tools, "SELECT 1 FROM monitoring.hourly_votes") == []
    again = run_task(job, tools, days=20, rows=3000)
    assert again is not None
    assert again["votes"] <= 30  # only when an hour has just passed
