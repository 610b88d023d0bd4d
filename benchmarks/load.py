"""A light client: requests built beforehand, plain sockets, one thread a connection."""

from __future__ import annotations

import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count, cycle
from time import perf_counter, sleep
from urllib.parse import urlsplit

from benchmarks.photos import NUMBER

TIMEOUT_SECONDS = 30.0
BOUNDARY = "tyreloop-benchmark"
MOST_BEFORE_NUMBER = 1_000  # bytes of a request before the remark in its photo
SEND_BUFFER_BYTES = 4_000_000  # a client that fills it at once is not woken again for each piece

_numbers = count()


@dataclass
class Outcome:
    """What a run saw: the latency of each accepted request, and the count of every status."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    refusals: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds."""
        return percentile(self.latencies, share) * 1e3

    def add(self, status: int, seconds: float, body: bytes = b"") -> None:
        self.statuses[status] += 1
        (self.latencies if 200 <= status < 300 else self.refusals).append(seconds)
        if body:
            self.bodies.append(body)

    def take_in(self, other: Outcome) -> None:
        """What another run saw, beside this one's."""
        self.latencies += other.latencies
        self.refusals += other.refusals
        self.bodies += other.bodies
        self.statuses += other.statuses


def percentile(values: Sequence[float], share: float) -> float:
    ranked = sorted(values) or [float("nan")]
    return ranked[min(int(len(ranked) * share), len(ranked) - 1)]


def form_request(url: str, photo: bytes, *, field_name: str = "file", headers: str = "") -> bytes:
    """A browser's form with one photo."""
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field_name}"; filename="tyre.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    ).encode()
    body = head + photo + f"\r\n--{BOUNDARY}--\r\n".encode()
    return request_of(url, body, f"multipart/form-data; boundary={BOUNDARY}", headers)


def request_of(url: str, body: bytes, kind: str, headers: str = "") -> bytes:
    """One POST as bytes."""
    parts = urlsplit(url)
    head = (
        f"POST {parts.path or '/'}{'?' + parts.query if parts.query else ''} HTTP/1.1\r\n"
        f"Host: {parts.netloc}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    )
    return head.encode() + body


def get_request(url: str) -> bytes:
    parts = urlsplit(url)
    return f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()


class Connection:
    """One keep-alive connection, opened again when the server closed it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._tls = ssl._create_unverified_context() if parts.scheme == "https" else None  # noqa: S323 - its own
        self._socket: socket.socket | None = None

    def ask(self, request: bytes | bytearray) -> tuple[int, bytes]:
        """Status and body."""
        for last_try in (False, True):
            try:
                self._open().sendall(request)
                return self._answer()
            except (ConnectionError, BrokenPipeError):
                answered = self._answer_after_reset()
                self.close()
                if answered or last_try:
                    return answered or (0, b"")
        return 0, b""

    def close(self) -> None:
        if self._socket:
            self._socket.close()
        self._socket = None

    def _open(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, TIMEOUT_SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
            if self._tls:
                self._socket = self._tls.wrap_socket(self._socket, server_hostname=self._address[0])
        return self._socket

    def _answer_after_reset(self) -> tuple[int, bytes] | None:
        """A refusal may arrive before the whole body was sent."""
        try:
            return self._answer()
        except (OSError, ValueError):
            return None

    def _answer(self) -> tuple[int, bytes]:
        received = bytearray()
        while (end := received.find(b"\r\n\r\n")) < 0:
            self._receive(received)
        head = bytes(received[:end]).decode("latin-1").lower()
        body = received[end + 4 :]
        if "content-length:" in head:
            length = int(head.split("content-length:")[1].split("\r\n")[0])
            while len(body) < length:
                self._receive(body)
        else:
            while not body.endswith(b"0\r\n\r\n"):
                self._receive(body)
        if "connection: close" in head:
            self.close()
        return int(head.split(" ")[1]), bytes(body)

    def _receive(self, into: bytearray) -> None:
        piece = self._socket.recv(65_536) if self._socket else b""
        if not piece:
            raise ConnectionResetError
        into += piece


def closed_loop(
    url: str, requests: Sequence[bytes], *, concurrency: int, seconds: float, keep_bodies: bool = False
) -> Outcome:
    """Each of so many clients asks again as soon as it is answered."""
    outcome, lock, until = Outcome(), threading.Lock(), perf_counter() + seconds

    def client(number: int) -> None:
        with closing(Connection(url)) as connection:
            for request in _from(requests, number):
                if perf_counter() >= until:
                    return
                _ask(connection, request, outcome, lock, keep_bodies=keep_bodies)

    began = perf_counter()
    _run_all([lambda n=n: client(n) for n in range(concurrency)])
    outcome.seconds = perf_counter() - began
    return outcome


def open_loop(
    url: str,
    requests: Sequence[bytes],
    *,
    rate: float,
    seconds: float,
    clients: int = 200,
    keep_bodies: bool = False,
) -> Outcome:
    """Requests at fixed moments, whether or not earlier ones were answered."""
    outcome, lock, began = Outcome(), threading.Lock(), perf_counter()
    moments = iter(range(int(rate * seconds)))

    def client(number: int) -> None:
        with closing(Connection(url)) as connection:
            for request in _from([requests[number % len(requests)]], number):
                with lock:
                    moment = next(moments, None)
                if moment is None:
                    return
                due = began + moment / rate
                sleep(max(due - perf_counter(), 0))
                _ask(connection, request, outcome, lock, keep_bodies=keep_bodies)

    _run_all([lambda n=n: client(n) for n in range(clients)])
    outcome.seconds = perf_counter() - began
    return outcome


def _ask(
    connection: Connection, request: bytearray, into: Outcome, lock: threading.Lock, *, keep_bodies: bool
) -> None:
    sent = perf_counter()
    status, body = connection.ask(request)
    with lock:
        into.add(status, perf_counter() - sent, body if keep_bodies else b"")


def _from(requests: Sequence[bytes], client: int) -> Iterator[bytearray]:
    """One after the other, each photo with a new number: a service that keeps photos gets no two alike."""
    own = [bytearray(requests[(client + turn) % len(requests)]) for turn in range(len(requests))]
    for request in cycle(own):
        if (place := request.find(NUMBER, 0, MOST_BEFORE_NUMBER)) >= 0:
            request[place : place + len(NUMBER)] = b"number %012d" % next(_numbers)
        yield request


def _run_all(clients: Sequence[object]) -> None:
    threads = [threading.Thread(target=client, daemon=True) for client in clients]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
