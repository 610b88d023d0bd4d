"""Jobs: one run of each at a time, one row for each run, safe to run twice."""

from __future__ import annotations

from typing import Any

import pytest

from tyreloop.domain.errors import InvalidRequest, StoreUnavailable
from tyreloop.tasks.catalogue import TASKS, task_named
from tyreloop.tasks.task import Details, Task, Tools, read_options, run_task


def runs_of(tools: Tools, job: str) -> list[tuple[str, Any]]:
    def read(connection: Any) -> list[tuple[str, Any]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT outcome, details FROM job_runs WHERE job = %s ORDER BY id", (job,))
            return [(row["outcome"], row["details"]) for row in cursor.fetchall()]

    return tools.database.ask(read)


def test_a_run_leaves_a_row_with_its_figures(tools: Tools) -> None:
    job = Task("count", "", lambda _: {"counted": 3})
    assert run_task(job, tools) == {"counted": 3}
    assert runs_of(tools, "count") == [("done", {"counted": 3})]


def test_a_failure_leaves_a_row_too(tools: Tools) -> None:
    def fail(_: Tools) -> Details:
        raise StoreUnavailable("no")

    with pytest.raises(StoreUnavailable):
        run_task(Task("fail", "", fail), tools)
    assert runs_of(tools, "fail") == [("failed", {"error": "store_unavailable"})]


def test_two_at_once_become_one(tools: Tools) -> None:
    job = Task("both", "", lambda given: {"second": str(run_task(job, given))})
    assert run_task(job, tools) == {"second": "None"}
    assert len(runs_of(tools, "both")) == 1


def test_a_run_that_ended_without_a_word_is_marked_as_lost(tools: Tools) -> None:
    with tools.runs.turn("count") as turn:
        assert turn is not None
    run_task(Task("count", "", lambda _: {}), tools)
    assert runs_of(tools, "count") == [("lost", {}), ("done", {})]


@pytest.mark.parametrize(
    "job", [job for name, job in TASKS.items() if name != "demo-feedback"], ids=lambda job: job.name
)
def test_every_job_runs_twice_on_an_empty_stack(tools: Tools, job: Task) -> None:
    for _ in range(2):
        assert run_task(job, tools) is not None
    assert [outcome for outcome, _ in runs_of(tools, job.name)] == ["done", "done"]


def test_options_are_read_by_their_names() -> None:
    job = task_named("demo-feedback")
    assert read_options(job, ["--days", "3", "--rows", "40"]) == {"days": 3, "rows": 40}
    for wrong in (["--days"], ["days", "3"], ["--days", "-3"], ["--weeks", "3"], ["--days", "0"]):
        with pytest.raises(InvalidRequest, match="--days NUMBER"):
            read_options(job, wrong)


def test_an_unknown_job_is_refused_with_the_names_of_those_there_are() -> None:
    with pytest.raises(InvalidRequest, match="roll-up"):
        task_named("roll-down")
