"""Programs of other people's images keep their log as ours do, in whatever shell their image has."""

from __future__ import annotations

import shutil
import signal
import stat
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.deploy.programs import require_heard, started

SCRIPT = Path(__file__).parents[2] / "deploy" / "keep_log.sh"
SHELLS = [shell for shell in (["dash"], ["bash"], ["busybox", "sh"]) if shutil.which(shell[0])]
in_each_shell = pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
SAYS_WHEN_IT_IS_STOPPED = """
import signal, sys
def stop(number, _): print(f"stopped by {signal.Signals(number).name}", flush=True); sys.exit(3)
for number in (signal.SIGTERM, signal.SIGINT): signal.signal(number, stop)
print("ready", flush=True)
while True: signal.pause()
"""


def start(
    shell: list[str], log: Path, program: str, *, most_bytes: int = 10_000_000
) -> AbstractContextManager[subprocess.Popen[str]]:
    command = [*shell, str(SCRIPT), str(log), sys.executable, "-c", program]
    return started(command, KEEP_LOG_BYTES=str(most_bytes))


@in_each_shell
def test_each_line_goes_to_stdout_and_to_the_file(shell: list[str], tmp_path: Path) -> None:
    log = tmp_path / "broker.log"
    program = r"import sys; print(r'out 100% \n  *'); print('err', file=sys.stderr); print('tail', end='')"
    with start(shell, log, program) as running:
        said, _ = running.communicate(timeout=20)
    assert sorted(said.splitlines()) == ["err", r"out 100% \n  *", "tail"]
    assert log.read_text() == said
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


@in_each_shell
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_reaches_the_program_and_its_exit_code_comes_back(
    shell: list[str], number: signal.Signals, tmp_path: Path
) -> None:
    require_heard(number)
    with start(shell, tmp_path / "broker.log", SAYS_WHEN_IT_IS_STOPPED) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        running.send_signal(number)
        said, _ = running.communicate(timeout=20)
    assert (said, running.returncode) == (f"stopped by {number.name}\n", 3)


@in_each_shell
def test_a_full_file_makes_room_and_five_old_ones_stay(shell: list[str], tmp_path: Path) -> None:
    log = tmp_path / "broker.log"
    with start(shell, log, "for number in range(80): print(f'line {number:4}')", most_bytes=100) as running:
        said, _ = running.communicate(timeout=20)
    assert len(said.splitlines()) == 80
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "broker.log",
        *(f"broker.log.{number}" for number in range(1, 6)),
    ]
    assert log.with_name("broker.log.1").read_text().splitlines() == said.splitlines()[70:80]


@in_each_shell
def test_a_folder_that_cannot_be_written_leaves_stdout(shell: list[str], tmp_path: Path) -> None:
    with start(shell, tmp_path / "no such folder" / "broker.log", "print('still here')") as running:
        said, _ = running.communicate(timeout=20)
    assert said.splitlines()[-1] == "still here"
    assert "Logs go to stdout only" in said
    assert running.returncode == 0
