"""The service as it really runs: one process, with neither database nor registry to be reached."""

from __future__ import annotations

import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from threading import Event

import pytest

from tests.fixtures.service_process import Running, started

pytestmark = pytest.mark.slow


def test_it_starts_with_the_last_good_model_and_answers_without_registry_and_database(
    running: Running, bright: bytes
) -> None:
    with ThreadPoolExecutor(8) as askers:
        answers = list(askers.map(lambda _: running.ask("POST", "/predict", bright), range(40)))

    assert {status for status, _ in answers} == {201}
    assert all(b'"version":4' in body for _, body in answers)


def test_bodies_of_any_size_arrive_whole_on_one_connection(running: Running, bright: bytes) -> None:
    with closing(HTTPConnection("127.0.0.1", running.port, timeout=20)) as connection:
        for padding in (0, 100, 8_192, 3_000_000, 0):
            connection.request("POST", "/predict", bright + bytes(padding), {"Content-Type": "image/jpeg"})
            response = connection.getresponse()
            assert (response.status, b'"answer":"good"' in response.read()) == (201, True)
        connection.request("POST", "/predict", bytes(21_000_000), {"Content-Type": "image/jpeg"})
        assert connection.getresponse().status == 413


def test_two_photos_that_are_sent_in_one_go_are_both_answered(running: Running, bright: bytes) -> None:
    head = "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\n"
    head += f"Content-Length: {len(bright)}"
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


def test_a_body_that_no_route_reads_does_not_stall_the_next_request(running: Running) -> None:
    with closing(HTTPConnection("127.0.0.1", running.port, timeout=5)) as connection:
        for _ in range(20):
            connection.request("PATCH", "/v1/predictions/x/vote", b"{}")
            response = connection.getresponse()
            assert response.status == 405
            response.read()


def test_a_request_that_is_inside_is_answered_before_the_end(service_data_dir: Path, bright: bytes) -> None:
    with (
        started(service_data_dir) as service,
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
