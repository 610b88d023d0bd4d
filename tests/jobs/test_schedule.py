"""The schedule: five fields and a job of ours, in the time zone of the product."""

from __future__ import annotations

from datetime import datetime
from threading import Event
from zoneinfo import ZoneInfo

import pytest

from tyreloop.domain.errors import NotConfigured
from tyreloop.jobs.job import Job, Tools
from tyreloop.jobs.schedule import CRONTAB, Line, Runner, read_schedule

SEOUL = ZoneInfo("Asia/Seoul")


def moment(hour: int, minute: int) -> datetime:
    return datetime(2026, 11, 21, hour, minute, tzinfo=SEOUL)


def test_the_schedule_of_the_product_can_be_read_and_runs_every_upkeep_job() -> None:
    names = {line.job.name for line in read_schedule(CRONTAB.read_text(encoding="utf-8"))}
    assert {"roll-up", "mend-counts", "mend-photos", "sweep-outboxes", "retention", "backup"} <= names


def test_times_are_those_of_the_time_zone() -> None:
    (line,) = read_schedule("30 4 * * *  tyreloop jobs run demo-feedback --days 2 --rows 9\n# a remark\n")
    assert line.next_time(moment(3, 0)) == moment(4, 30)
    assert line.options == {"days": 2, "rows": 9}


@pytest.mark.parametrize(
    "wrong",
    [
        "* * * * tyreloop jobs run roll-up",
        "* * * * * rm -rf /",
        "* * * * * tyreloop jobs run everything",
        "61 * * * * tyreloop jobs run roll-up",
        "* * * * * tyreloop jobs run",
        "nonsense",
    ],
)
def test_a_line_that_cannot_be_used_is_named(wrong: str) -> None:
    with pytest.raises(NotConfigured, match="Line 2"):
        read_schedule(f"# first\n{wrong}\n")


def test_a_job_that_becomes_due_is_started_and_one_that_still_runs_is_not(tools: Tools) -> None:
    started, go_on = [], Event()

    def work(_: Tools) -> dict[str, int]:
        started.append(1)
        assert go_on.wait(20)
        return {}

    runner = Runner(
        [Line("* * * * *", Job("slow", "", work)), Line("0 5 * * *", Job("later", "", work))], tools
    )
    runner.start_due(before=moment(3, 0), at=moment(3, 1))
    runner.start_due(before=moment(3, 1), at=moment(3, 2))
    go_on.set()
    runner.wait()
    assert started == [1]


def test_the_runner_stops_when_told(tools: Tools) -> None:
    stop = Event()
    stop.set()
    Runner([Line("0 5 * * *", Job("later", "", lambda _: {}))], tools).run(stop, now=moment(3, 0))
