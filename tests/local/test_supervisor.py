"""The supervisor: in order, again when something dies, in reverse order, and nobody left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from pathlib import Path

import psutil
import pytest

from tests.local.programs import STAYS, service, step, supervisor_of, until
from tyreloop.local import supervisor as supervisor_module
from tyreloop.local.program import NOT_YET, Program, StackFailed, in_waves, is_gone
from tyreloop.local.record import StackRecord, read_record
from tyreloop.local.supervisor import Supervisor, delays

ROOT = Path(__file__).parents[2]
FORKS = "import subprocess; subprocess.Popen([sys.executable, '-S', '-c', 'import signal; signal.pause()'])\n"


def record_in(folder: Path) -> StackRecord:
    record = read_record(folder / "stack.json")
    assert record is not None
    return record


def pid_of(name: str, folder: Path) -> int | None:
    part = next(part for part in record_in(folder).services if part.name == name)
    return part.process.pid if part.process else None


def run(
    services: Sequence[Program],
    folder: Path,
    meanwhile: Callable[[Supervisor], Awaitable[None]] | None = None,
) -> None:
    """Run a stack until it is ready, do something to it, and stop it."""

    async def scenario() -> None:
        supervisor = supervisor_of(services, folder)
        running = asyncio.create_task(supervisor.run(when_ready=lambda: "All ready."))
        await until(lambda: running.done() or record_in_or_none(folder) == "ready")
        if meanwhile and not running.done():
            await meanwhile(supervisor)
        supervisor.ask_to_stop()
        await running

    asyncio.run(scenario())


def record_in_or_none(folder: Path) -> str | None:
    record = read_record(folder / "stack.json")
    return record.state if record else None


def test_programs_start_after_those_they_need_and_stop_before_them(tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    code = (
        f"say = lambda word: open({str(diary)!r}, 'a').write(word + '\\n')\n"
        "def bye(*_): say('- NAME'); sys.exit()\n"
        "signal.signal(signal.SIGTERM, bye); say('+ NAME'); mark.touch()\n"
        "while True: signal.pause()"
    )
    first = service("first", code.replace("NAME", "first"), folder=tmp_path)
    second = service("second", code.replace("NAME", "second"), folder=tmp_path, after=("first",))
    run([first, second], tmp_path)
    assert diary.read_text().split("\n")[:-1] == ["+ first", "+ second", "- second", "- first"]


def test_a_dead_program_is_started_again_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def kill(_: Supervisor) -> None:
        dead = pid_of("fragile", tmp_path)
        assert dead is not None
        os.kill(dead, signal.SIGKILL)
        await until(lambda: pid_of("fragile", tmp_path) not in (None, dead))

    run([service("fragile", STAYS, folder=tmp_path)], tmp_path, kill)
    assert "fragile ended (killed by SIGKILL); it starts again in 1 s." in capsys.readouterr().out


def test_each_new_start_waits_longer_up_to_half_a_minute() -> None:
    assert list(islice(delays(), 7)) == [1, 2, 4, 8, 16, 30, 30]


def test_a_failing_step_stops_everything_with_its_last_words(tmp_path: Path) -> None:
    base = service("base", STAYS, folder=tmp_path)
    failing = step("Migration", "import sys; sys.exit('There is no such table.')", after=("base",))
    with pytest.raises(StackFailed, match=r"^Migration failed: There is no such table\.$"):
        run([base, failing], tmp_path)
    assert pid_of("base", tmp_path) is None


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new start comes at once."""
    monkeypatch.setattr(supervisor_module, "FIRST_DELAY_SECONDS", 0.01)


@pytest.mark.usefixtures("soon")
def test_a_step_that_found_somebody_slow_is_tried_again(tmp_path: Path) -> None:
    code = (
        f"import pathlib, sys; tries = pathlib.Path({str(tmp_path / 'tries')!r})\n"
        "count = len(tries.read_text()) if tries.exists() else 0\n"
        "tries.write_text('x' * (count + 1))\n"
        f"if count < 2: sys.stderr.write('The registry does not answer now.'); sys.exit({NOT_YET})"
    )
    run([step("First model", code)], tmp_path)
    assert (tmp_path / "tries").read_text() == "xxx"


def test_patience_with_a_step_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "STEP_SECONDS", 0.0)
    waiting = f"import sys; sys.stderr.write('Nobody answers.'); sys.exit({NOT_YET})"
    with pytest.raises(StackFailed, match=r"^First model failed: Nobody answers\.$"):
        run([step("First model", waiting)], tmp_path)


def test_no_program_inherits_a_secret_that_is_not_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "of-the-person-who-started-it")
    monkeypatch.setenv("slack_webhook_url", "https://secret.example")
    show = f"import os; open({str(tmp_path / 'seen')!r}, 'w').write(repr(dict(os.environ)))"
    run([step("part", show)], tmp_path)
    seen = (tmp_path / "seen").read_text()
    assert "of-the-person" not in seen
    assert "secret.example" not in seen
    assert "PATH" in seen


@pytest.mark.usefixtures("soon")
def test_a_program_that_cannot_start_at_all_is_given_up(tmp_path: Path) -> None:
    hopeless = service("hopeless", "sys.exit('No module named app.')", folder=tmp_path)
    with pytest.raises(StackFailed, match=r"ended 3 times before it was ready .*: No module named app\."):
        run([hopeless], tmp_path)


def test_what_a_program_started_ends_with_it(tmp_path: Path) -> None:
    children: list[psutil.Process] = []

    async def look(_: Supervisor) -> None:
        pid = pid_of("parent", tmp_path)
        await until(lambda: bool(psutil.Process(pid).children()))
        children.extend(psutil.Process(pid).children())

    run([service("parent", FORKS + STAYS, folder=tmp_path)], tmp_path, look)
    assert len(children) == 1
    asyncio.run(until(lambda: all(is_gone(child) for child in children)))


def test_programs_that_others_started_are_left_alone(tmp_path: Path) -> None:
    command = [sys.executable, "-S", "-c", "import signal; signal.pause()"]
    with subprocess.Popen(command) as stranger:
        run([service("part", STAYS, folder=tmp_path)], tmp_path)
        assert stranger.poll() is None
        stranger.kill()


def test_a_program_that_ignores_sigterm_is_ended_all_the_same(tmp_path: Path) -> None:
    async def hurry(supervisor: Supervisor) -> None:
        supervisor.ask_to_stop()  # and once more by `run`: in a hurry

    deaf = service("deaf", f"signal.signal(signal.SIGTERM, signal.SIG_IGN); {STAYS}", folder=tmp_path)
    run([deaf], tmp_path, hurry)
    assert pid_of("deaf", tmp_path) is None


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells children that their parent died.")
def test_nobody_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys; from pathlib import Path; from tests.local.programs import *\n"
        "folder = Path(sys.argv[1]); parts = [service('part', STAYS, folder=folder)]\n"
        "asyncio.run(supervisor_of(parts, folder).run(when_ready=lambda: 'All ready.'))"
    )
    supervisor = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT)
    asyncio.run(until(lambda: record_in_or_none(tmp_path) == "ready"))
    part = psutil.Process(pid_of("part", tmp_path))
    supervisor.kill()
    supervisor.wait()
    asyncio.run(until(lambda: is_gone(part)))


def test_programs_that_wait_for_nobody_start_together() -> None:
    parts = [
        step("a", ""),
        step("b", "", after=("a",)),
        step("c", "", after=("a",)),
        step("d", "", after=("c",)),
    ]
    assert [[part.name for part in wave] for wave in in_waves(parts)] == [["a"], ["b", "c"], ["d"]]
