"""Clients that are slow, many or too large: health answers meanwhile, and honest callers are served."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from http.client import HTTPConnection
from threading import Event
from time import monotonic

import psutil
import pytest

from inference_api.server import Incoming, bounds_of
from tests.fixtures.service_process import Running
from tyreloop.access.open_files import allow_open_files
from tyreloop.settings import Settings

pytestmark = pytest.mark.slow
HEALTH_PATIENCE = 10.0
PAUSE = Event()


@pytest.fixture(autouse=True)
def many_files() -> None:
    """A thousand connections are a thousand files of this process too."""
    allow_open_files(4_096)


def connected(opened: ExitStack, running: Running, count: int) -> list[socket.socket]:
    address = ("127.0.0.1", running.port)
    return [opened.enter_context(socket.create_connection(address, timeout=20)) for _ in range(count)]


def head_of(length: int, path: str = "/predict", kind: str = "image/jpeg") -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def assert_healthy(running: Running) -> None:
    """While they hold on, however busy this machine is; how fast is what `benchmarks.overload` measures."""
    assert running.ask("GET", "/healthz", seconds=HEALTH_PATIENCE)[0] == 200


def upload(running: Running, body: bytes, *, bytes_a_second: float, seconds: float = 60) -> bytes:
    """The first line of the answer to a body that comes at this pace."""
    with closing(socket.create_connection(("127.0.0.1", running.port), timeout=seconds)) as connection:
        connection.sendall(head_of(len(body)))
        began, sent = monotonic(), 0
        while sent < len(body) and monotonic() < began + seconds:
            due = min(int((monotonic() - began) * bytes_a_second), len(body))
            try:
                connection.sendall(body[sent:due])
            except ConnectionError:
                break
            sent = due
            PAUSE.wait(0.1)
        return connection.recv(200).split(b"\r\n")[0]


def test_a_slow_line_may_bring_its_photo_while_a_drip_and_silence_are_hung_up_on(
    running: Running, bright: bytes
) -> None:
    """800 KB at 100 KB a second: eight seconds."""
    photo = bright + bytes(800_000 - len(bright))
    with ThreadPoolExecutor(1) as callers, ExitStack() as opened:
        slow = callers.submit(upload, running, photo, bytes_a_second=100_000)
        [silent] = connected(opened, running, 1)
        silent.sendall(head_of(5_000) + b"\xff")
        assert upload(running, bytes(5_000), bytes_a_second=10).startswith(b"HTTP/1.1 400 ")
        assert not slow.done()
        assert silent.recv(100).startswith(b"HTTP/1.1 400 ")
        assert slow.result(60) == b"HTTP/1.1 201 CREATED"


@pytest.mark.parametrize("sent", [b"", b"GET /heal", head_of(20_000_000) + b"\xff" * 1000])
def test_eleven_hundred_connections_that_say_little_silence_nobody(
    running: Running, bright: bytes, sent: bytes
) -> None:
    with ExitStack() as opened:
        for connection in connected(opened, running, 1_100):
            with suppress(ConnectionError):  # whoever was hung up on already says no more
                connection.sendall(sent)
        for _ in range(3):
            assert_healthy(running)
        assert running.ask("POST", "/predict", bright)[0] == 201
    assert_healthy(running)


def test_answers_that_nobody_reads_hold_nobody(running: Running, bright: bytes) -> None:
    asked = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with ExitStack() as opened:
        for connection in connected(opened, running, 200):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            connection.sendall(asked)
        assert_healthy(running)
        assert running.ask("POST", "/predict", bright)[0] == 201


def test_announced_bodies_take_memory_as_they_arrive_only(running: Running, bright: bytes) -> None:
    assert running.ask("POST", "/predict", bright)[0] == 201  # what a first answer takes is no body's
    process = psutil.Process(running.process.pid)
    before = process.memory_info().rss
    with ExitStack() as opened:
        for connection in connected(opened, running, 96):
            connection.sendall(head_of(20_000_000) + bytes(100_000))
        PAUSE.wait(0.5)
        assert_healthy(running)
        assert process.memory_info().rss - before < 100_000_000


@pytest.mark.parametrize(("arrived", "status"), [(600_000_000, 503), (0, None)])
def test_there_are_only_so_many_bodies_here_at_once(arrived: int, status: int | None) -> None:
    bounds = bounds_of(Settings(flask_port=9), lambda method, path: 20_000_000)
    bounds.connections, bounds.arrived_bytes = lambda: 1, arrived
    for sent, code in ((head_of(1_000_000), status), (head_of(1_000), None)):  # a small one finds its place
        request = Incoming(bounds)
        request.received(sent)
        assert getattr(request.error, "code", None) == code


def test_a_body_that_is_too_long_is_refused_and_the_connection_goes_on(running: Running) -> None:
    with closing(HTTPConnection("127.0.0.1", running.port, timeout=20)) as connection:
        for body in (bytes(70_000), bytes(3_000_000)):
            connection.request("PUT", f"/v1/predictions/{'0' * 32}/vote", body)
            response = connection.getresponse()
            assert (response.status, b"photo_too_large" in response.read()) == (413, True)
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200


def test_who_announces_gigabytes_is_answered_at_once(running: Running) -> None:
    with closing(socket.create_connection(("127.0.0.1", running.port), timeout=5)) as connection:
        connection.sendall(head_of(5_000_000_000))
        answered = connection.recv(2_000)
    assert answered.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in answered


def test_a_chunked_body_has_the_same_limit(running: Running) -> None:
    head = head_of(0, f"/v1/predictions/{'0' * 32}/vote").replace(
        b"Content-Length: 0", b"Transfer-Encoding: chunked"
    )
    with closing(socket.create_connection(("127.0.0.1", running.port), timeout=5)) as connection:
        connection.sendall(head.replace(b"POST", b"PUT") + b"20000\r\n" + bytes(0x20000))
        assert connection.recv(200).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "sent", [b"NONSENSE\r\n\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 20_000 + b"\r\n\r\n"]
)
def test_what_is_no_request_gets_a_problem(running: Running, sent: bytes) -> None:
    with closing(socket.create_connection(("127.0.0.1", running.port), timeout=5)) as connection:
        connection.sendall(sent)
        answered = b"".join(iter(lambda: connection.recv(2_000), b""))
    assert answered.startswith(b"HTTP/1.0 4")
    assert b'"code": "http_error"' in answered or b'"code": "invalid_request"' in answered
