"""The schedule: five fields and a job of ours, in the time zone of the product."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

import pytest

from tyreloop.domain.errors import NotConfigured
from tyreloop.tasks import catalogue, schedule
from tyreloop.tasks.schedule import CRONTAB, Line, Runner, declared_schedule, read_schedule, standing_schedule
from tyreloop.tasks.task import Task, Tools

SEOUL = ZoneInfo("Asia/Seoul")


def moment(hour: int, minute: int) -> datetime:
    return datetime(2026, 11, 21, hour, minute, tzinfo=SEOUL)


def test_the_schedule_of_the_product_can_be_read_and_runs_every_upkeep_job() -> None:
    names = {line.task.name for line in read_schedule(CRONTAB.read_text(encoding="utf-8"))}
    assert {"roll-up", "mend-counts", "mend-photos", "sweep-outboxes", "retention", "backup"} <= names
    assert names == {name for name, task in catalogue.TASKS.items() if task.schedule}


def test_the_crontab_says_what_the_tasks_declare() -> None:
    assert CRONTAB.read_text(encoding="utf-8") == declared_schedule()


def test_without_the_file_the_declarations_stand(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with_file = standing_schedule()
    monkeypatch.setattr(schedule, "CRONTAB", tmp_path / "crontab")
    assert standing_schedule() == with_file != []


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
        [Line("* * * * *", Task("slow", "", work)), Line("0 5 * * *", Task("later", "", work))], tools
    )
    runner.start_due(before=moment(3, 0), at=moment(3, 1))
    runner.start_due(before=moment(3, 1), at=moment(3, 2))
    go_on.set()
    runner.wait()
    assert started == [1]


def test_the_runner_stops_when_told(tools: Tools) -> None:
    stop = Event()
    stop.set()
    Runner([Line("0 5 * * *", Task("later", "", lambda _: {}))], tools).run(stop, now=moment(3, 0))
