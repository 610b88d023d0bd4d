"""The schedule's health check asks the record of jobs, not whether a process exists."""

from __future__ import annotations

from tyreloop.tasks.catalogue import task_named
from tyreloop.tasks.task import Tools, run_task


def test_a_job_that_never_succeeded_has_no_last_success(tools: Tools) -> None:
    with tools.runs.turn("roll-up") as turn:
        assert turn is not None
        turn.finish("failed", {})
    assert tools.runs.last_done("roll-up") is None


def test_the_last_success_of_a_job_is_known(tools: Tools) -> None:
    before = tools.clock()
    run_task(task_named("roll-up"), tools)
    last = tools.runs.last_done("roll-up")
    assert last is not None
    assert before <= last <= tools.clock()
