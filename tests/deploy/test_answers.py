"""The health check says yes to a 200 and nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.stand_in import answering

SCRIPT = Path(__file__).parents[2] / "deploy" / "answers.py"


@pytest.fixture
def server() -> Iterator[str]:
    with answering(lambda asked: (int(asked.path.strip("/")), b"no model yet")) as url:
        yield url


def ask(url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), url], capture_output=True, text=True, timeout=20, check=False
    )


def test_a_service_that_answers_is_healthy(server: str) -> None:
    assert ask(f"{server}/200").returncode == 0


def test_a_service_that_is_not_ready_is_not_healthy_and_says_why(server: str) -> None:
    answer = ask(f"{server}/503")
    assert (answer.returncode, answer.stdout.strip()) == (1, "it answers 503: no model yet")


def test_a_closed_port_is_not_healthy() -> None:
    answer = ask("http://127.0.0.1:1/200")
    assert answer.returncode == 1
    assert "refused" in answer.stdout
