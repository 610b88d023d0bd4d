"""`tyreloop down`: what runs is asked to stop, what was left behind is ended."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.local.programs import until
from tyreloop.local.folder import StackFolder
from tyreloop.local.program import is_gone
from tyreloop.local.record import own_mark, read_record, read_status
from tyreloop.local.stack import end_leftovers, marker_of, stop_stack
from tyreloop.settings import environment_for_child

ROOT = Path(__file__).parents[2]
SMALL_STACK = """
import asyncio, sys
from pathlib import Path
from tests.local.programs import STAYS, service, supervisor_of
from tyreloop.local.folder import StackFolder
folder = StackFolder(Path(sys.argv[1]))
folder.prepare()
with folder.hold():
    parts = [service("part", STAYS, folder=folder.root)]
    asyncio.run(supervisor_of(parts, folder.root).run(when_ready=lambda: "All ready."))
"""


def is_ready(folder: StackFolder) -> bool:
    record = read_record(folder.record)
    return record is not None and record.state == "ready"


@pytest.fixture
def folder(tmp_path: Path) -> StackFolder:
    return StackFolder(tmp_path)


@contextmanager
def small_stack(folder: StackFolder, code: str = SMALL_STACK) -> Iterator[subprocess.Popen[bytes]]:
    """A stack of one small program."""
    with subprocess.Popen([sys.executable, "-c", code, str(folder.root)], cwd=ROOT) as process:
        try:
            asyncio.run(until(lambda: is_ready(folder), seconds=30))
            yield process
        finally:
            process.kill()


@pytest.fixture
def supervisor(folder: StackFolder) -> Iterator[subprocess.Popen[bytes]]:
    with small_stack(folder) as process:
        yield process


def part_of(folder: StackFolder) -> psutil.Process:
    process = read_status(folder).services[0].process
    assert process is not None
    return psutil.Process(process.pid)


def test_down_stops_the_supervisor_and_its_programs(
    folder: StackFolder, supervisor: subprocess.Popen[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    part = part_of(folder)
    stop_stack(folder)
    assert supervisor.wait(timeout=10) == 0
    assert is_gone(part)
    said = capsys.readouterr().out.splitlines()  # on a busy machine a sign of life too
    told = [line for line in said if not line.startswith("... still stopping")]
    assert told == ["Stopping ...", "Everything has stopped."]


def test_a_supervisor_that_has_let_go_of_the_folder_is_waited_for(folder: StackFolder) -> None:
    lingering = "import atexit, time\natexit.register(time.sleep, 2.5)"
    with small_stack(folder, lingering + SMALL_STACK) as supervisor:
        stop_stack(folder)
        assert is_gone(psutil.Process(supervisor.pid))


def test_a_killed_stack_counts_as_stopped(folder: StackFolder, supervisor: subprocess.Popen[bytes]) -> None:
    assert read_status(folder).state == "ready"
    supervisor.kill()
    supervisor.wait()
    assert read_status(folder).state == "stopped"


def test_what_a_killed_stack_left_behind_is_found_and_ended(folder: StackFolder) -> None:
    folder.prepare()
    environment = environment_for_child(marker_of(folder))
    command = [sys.executable, "-S", "-c", "import signal; signal.pause()"]
    with subprocess.Popen(command, env=environment) as left_behind:
        assert end_leftovers(folder) == 1
        assert left_behind.poll() is not None


def test_programs_of_another_folder_are_left_alone(folder: StackFolder, tmp_path: Path) -> None:
    folder.prepare()
    environment = environment_for_child(marker_of(StackFolder(tmp_path / "another")))
    command = [sys.executable, "-S", "-c", "import signal; signal.pause()"]
    with subprocess.Popen(command, env=environment) as stranger:
        assert end_leftovers(folder) == 0
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="Elsewhere births are kept as the clock was.")
def test_a_clock_that_is_set_makes_nobody_a_stranger(monkeypatch: pytest.MonkeyPatch) -> None:
    mark = own_mark()
    before = psutil.boot_time()
    monkeypatch.setattr(psutil._pslinux, "boot_time", lambda: before + 3600)
    found = mark.process()
    assert found is not None
    assert found.pid == os.getpid()


def test_the_same_number_after_a_restart_of_the_machine_is_somebody_else() -> None:
    assert replace(own_mark(), boot="the day before").process() is None
