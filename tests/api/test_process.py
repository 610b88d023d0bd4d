"""The service as it really runs: gunicorn, one process, with neither database nor registry to be reached."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from tyreloop.settings import environment_for_child

ROOT = Path(__file__).parents[2]


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    port: int

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "image/jpeg") -> tuple[int, bytes]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, path, body, {"Content-Type": kind})
            response = connection.getresponse()
            return response.status, response.read()


def free_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory, bundle: Path) -> Path:
    """As the last run left it: the version that served, and the note of it."""
    folder = tmp_path_factory.mktemp("data")
    shutil.copytree(bundle, folder / "models" / "4-1700000000000")
    (folder / "models" / "last_good").write_text("4-1700000000000")
    return folder


@contextmanager
def started(data_dir: Path) -> Iterator[Running]:
    port = free_port()
    environment = environment_for_child(
        {
            "DATA_DIR": str(data_dir),
            "FLASK_PORT": str(port),
            "POSTGRES_HOST": "127.0.0.1",
            "POSTGRES_PORT": "9",
            "MLFLOW_TRACKING_URI": "http://127.0.0.1:9",
            "SERVE_UNSIGNED_MODELS": "true",
            "SECRET_KEY": "a secret of this test only, thirty-two and more",
            "RATE_LIMIT_PER_MINUTE": "0",
        }
    )
    command = [sys.executable, "-m", "gunicorn", "-c", "inference_api/gunicorn.conf.py"]
    process = subprocess.Popen(
        [*command, "inference_api.wsgi:app"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    service = Running(process, port)
    try:
        wait_until_ready(service)
        yield service
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def running(data_dir: Path) -> Iterator[Running]:
    with started(data_dir) as service:
        yield service


def wait_until_ready(service: Running) -> None:
    pause, until = Event(), monotonic() + 30
    while monotonic() < until:
        try:
            if service.ask("GET", "/readyz")[0] == 200:
                return
        except OSError:
            pause.wait(0.05)
    raise AssertionError("the service did not start")


@pytest.mark.slow
def test_it_starts_with_the_last_good_model_and_answers_without_registry_and_database(
    running: Running, bright: bytes
) -> None:
    with ThreadPoolExecutor(8) as askers:
        answers = list(askers.map(lambda _: running.ask("POST", "/predict", bright), range(40)))

    assert {status for status, _ in answers} == {201}
    assert all(b'"version":4' in body for _, body in answers)


@pytest.mark.slow
def test_a_caller_who_sends_a_byte_at_a_time_harms_nobody_and_is_hung_up_on(
    running: Running, bright: bytes
) -> None:
    with ExitStack() as opened:
        address = ("127.0.0.1", running.port)
        slow = [opened.enter_context(socket.create_connection(address, timeout=20)) for _ in range(40)]
        head = (
            b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: 5000\r\n\r\n"
        )
        for connection in slow:
            connection.sendall(head + b"\xff")

        assert running.ask("GET", "/healthz")[0] == 200
        assert running.ask("POST", "/predict", bright)[0] == 201
        assert slow[0].recv(100).startswith(b"HTTP/1.1 400 ")


@pytest.mark.slow
def test_bodies_of_any_size_arrive_whole_on_one_connection(running: Running, bright: bytes) -> None:
    with closing(HTTPConnection("127.0.0.1", running.port, timeout=20)) as connection:
        for padding in (0, 100, 8_192, 3_000_000, 0):
            connection.request("POST", "/predict", bright + bytes(padding), {"Content-Type": "image/jpeg"})
            response = connection.getresponse()
            assert (response.status, b'"answer":"good"' in response.read()) == (201, True)
        connection.request("POST", "/predict", bytes(21_000_000), {"Content-Type": "image/jpeg"})
        assert connection.getresponse().status == 413


@pytest.mark.slow
def test_two_photos_that_are_sent_in_one_go_are_both_answered(running: Running, bright: bytes) -> None:
    head = f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: {len(bright)}"
    photo = head.encode() + b"\r\n\r\n" + bright
    with (
        closing(socket.create_connection(("127.0.0.1", running.port), timeout=20)) as connection,
        connection.makefile("rb") as answers,
    ):
        connection.sendall(photo + photo)
        for _ in range(2):
            assert answers.readline().startswith(b"HTTP/1.1 201 ")
            headers = dict(line.split(b": ", 1) for line in iter(answers.readline, b"\r\n"))
            answers.read(int(headers[b"Content-Length"]))


@pytest.mark.slow
def test_a_body_that_no_route_reads_does_not_stall_the_next_request(running: Running) -> None:
    with closing(HTTPConnection("127.0.0.1", running.port, timeout=5)) as connection:
        for _ in range(20):
            connection.request("PATCH", "/v1/predictions/x/vote", b"{}")
            response = connection.getresponse()
            assert response.status == 405
            response.read()


@pytest.mark.slow
def test_a_request_that_is_inside_is_answered_before_the_end(data_dir: Path, bright: bytes) -> None:
    with (
        started(data_dir) as service,
        closing(HTTPConnection("127.0.0.1", service.port, timeout=20)) as caller,
    ):
        caller.putrequest("POST", "/predict")
        caller.putheader("Content-Type", "image/jpeg")
        caller.putheader("Content-Length", str(len(bright)))
        caller.endheaders(bright[:1000])
        Event().wait(0.5)  # it is inside now
        service.process.send_signal(signal.SIGTERM)
        caller.send(bright[1000:])

        assert caller.getresponse().status == 201
        assert service.process.wait(20) == 0
