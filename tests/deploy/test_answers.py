"""The health check says yes to a 200 and nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

SCRIPT = Path(__file__).parents[2] / "deploy" / "answers.py"


class AnswersWhatThePathSays(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(int(self.path.strip("/")))
        self.end_headers()
        self.wfile.write(b"no model yet")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), AnswersWhatThePathSays) as listening:
        thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


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
