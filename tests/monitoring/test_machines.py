"""What the machines say becomes gauges; what does not answer is left out."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tyreloop.monitoring.machines import QUESTIONS, machine_gauges
from tyreloop.monitoring.service_readings import increase_between
from tyreloop.settings import Settings

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@contextmanager
def prometheus(answers: Mapping[str, str]) -> Iterator[str]:
    """One that knows some of the answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            question = parse_qs(urlsplit(self.path).query)["query"][0]
            result = [{"value": [0, answers[question]]}] if question in answers else []
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"status": "success", "data": {"result": result}}).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_each_question_becomes_a_gauge_and_no_answer_none() -> None:
    known = {QUESTIONS["disk_free"]: "0.25", QUESTIONS["replicas_up"]: "3", QUESTIONS["memory_free"]: "NaN"}
    with prometheus(known) as url:
        assert machine_gauges(Settings(prometheus_url=url), NOON) == {"disk_free": 0.25, "replicas_up": 3.0}


def test_a_prometheus_that_is_away_is_no_failure() -> None:
    assert machine_gauges(Settings(prometheus_url="http://127.0.0.1:9"), NOON) == {}


@pytest.mark.parametrize(("issuer", "days"), [("An authority", 20.0), ("tyres.example", 0.0)])
def test_a_certificate_has_so_many_days_and_our_own_has_none(
    tmp_path: Path, issuer: str, days: float
) -> None:
    with shows_certificate(tmp_path, issuer=issuer) as address:
        using = Settings(public_host="tyres.example", edge_address=address)
        assert machine_gauges(using, NOON) == {"certificate_days": days}


def test_what_replicas_answered_is_added_up() -> None:
    def counted(replica: str, requests: float, quick: float) -> dict[str, float]:
        route = "/v1/predictions"
        return {
            json.dumps(["tyreloop_requests_total", route, "200", replica]): requests,
            json.dumps(["tyreloop_request_seconds_bucket", route, "0.05", replica]): quick,
            json.dumps(["tyreloop_request_seconds_bucket", route, "+Inf", replica]): requests,
        }

    before = counted("one", 10, 5) | counted("two", 100, 90)
    now = counted("one", 12, 6) | counted("two", 103, 92) | counted("new", 1, 1)
    found = increase_between(before, now)
    assert found.requests == {"/v1/predictions": 6}
    assert sorted(found.latency.values()) == [2, 4]


@contextmanager
def shows_certificate(folder: Path, *, issuer: str) -> Iterator[str]:
    """A server of this name, with a certificate for twenty days."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("tyres.example", issuer)]
    made = x509.CertificateBuilder().subject_name(names[0]).issuer_name(names[1]).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(NOON).not_valid_after(NOON + timedelta(days=20))
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file = folder / "both.pem"
    file.write_bytes(
        made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, *private)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    def answer() -> None:
        with suppress(OSError):
            raw, _ = server.accept()
            with context.wrap_socket(raw, server_side=True) as line:
                line.recv(1)

    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        thread = Thread(target=answer)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        thread.join()
