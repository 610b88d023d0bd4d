"""Our containers' process 1 keeps every line, hands on signals and ends as its program ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.deploy.programs import started

SCRIPT = Path(__file__).parents[2] / "deploy" / "run_logged.py"
SAYS_WHEN_IT_IS_STOPPED = """
import signal, sys
def stop(*_): print("stopped in peace", flush=True); sys.exit(3)
signal.signal(signal.SIGTERM, stop)
print("ready", flush=True)
signal.pause()
"""


def start(log: Path, program: str) -> AbstractContextManager[subprocess.Popen[str]]:
    return started([sys.executable, str(SCRIPT), str(log), sys.executable, "-c", program])


def test_each_line_goes_to_stdout_and_to_the_file(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    with start(log, "import sys; print('out 100%'); print('err', file=sys.stderr)") as running:
        said, _ = running.communicate(timeout=20)
    assert sorted(said.splitlines()) == ["err", "out 100%"]
    assert sorted(log.read_text().splitlines()) == ["err", "out 100%"]


def test_a_stop_reaches_the_program_and_its_exit_code_comes_back(tmp_path: Path) -> None:
    with start(tmp_path / "api.log", SAYS_WHEN_IT_IS_STOPPED) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        running.send_signal(signal.SIGTERM)
        said, _ = running.communicate(timeout=20)
    assert (said, running.returncode) == ("stopped in peace\n", 3)


@pytest.mark.parametrize(("program", "code"), [("raise SystemExit(7)", 7), ("import os; os.abort()", 134)])
def test_it_ends_as_its_program_ends(tmp_path: Path, program: str, code: int) -> None:
    with start(tmp_path / "api.log", program) as running:
        running.communicate(timeout=20)
    assert running.returncode == code


def test_a_folder_that_cannot_be_written_leaves_stdout(tmp_path: Path) -> None:
    with start(tmp_path / "no such folder" / "api.log", "print('still here')") as running:
        said, _ = running.communicate(timeout=20)
    assert said.splitlines()[-1] == "still here"
    assert "Logs go to stdout only" in said
    assert running.returncode == 0
