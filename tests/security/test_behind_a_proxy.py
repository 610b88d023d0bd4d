"""Whose word counts about where a request comes from: the configured proxy's, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.fixtures.service_process import Running, started

ELSEWHERE = "203.0.113.7"
FORGED = {
    "X-Forwarded-For": ELSEWHERE,
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Real-IP": ELSEWHERE,
    "Forwarded": f"for={ELSEWHERE};host=evil.example",
    "X-Script-Name": "/evil",
    "SCRIPT_NAME": "/evil",
}


def asked(running: Running, path: str, **headers: str) -> tuple[int, str]:
    with closing(HTTPConnection("127.0.0.1", running.port, timeout=20)) as connection:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read().decode()


@pytest.fixture(scope="module", params=["", "127.0.0.1", "10.9.8.7"], ids=["none", "here", "elsewhere"])
def behind(request: pytest.FixtureRequest, service_data_dir: Path) -> Iterator[tuple[str, Running]]:
    inside = {"PROXY_TRUSTED": request.param, "METRICS_FROM": f"{ELSEWHERE}/32"}
    with started(service_data_dir, **inside) as service:
        yield request.param, service


def test_an_address_counts_from_the_configured_proxy_only(behind: tuple[str, Running]) -> None:
    proxy, service = behind
    assert asked(service, "/metrics")[0] == HTTPStatus.FORBIDDEN
    status, _ = asked(service, "/metrics", **{"X-Forwarded-For": ELSEWHERE})
    assert status == (HTTPStatus.OK if proxy == "127.0.0.1" else HTTPStatus.FORBIDDEN)


def test_of_a_chain_of_addresses_the_proxys_own_word_counts(behind: tuple[str, Running]) -> None:
    """What a caller put there stands first; what the proxy adds stands last."""
    _, service = behind
    forged = {"X-Forwarded-For": f"{ELSEWHERE}, 198.51.100.9"}
    assert asked(service, "/metrics", **forged)[0] == HTTPStatus.FORBIDDEN


def test_a_host_counts_from_the_configured_proxy_only(behind: tuple[str, Running]) -> None:
    proxy, service = behind
    assert (
        asked(service, "/healthz", **FORGED)[0] == HTTPStatus.OK
    )  # whoever asks for health need name no host
    status, body = asked(service, "/v1/model", **FORGED)
    if proxy == "127.0.0.1":
        assert status == HTTPStatus.BAD_REQUEST  # it said so, and that host is none of ours
    else:
        assert (status, "evil" in body) == (HTTPStatus.OK, False)
