"""Where a caller is: as a proxy that was named says, and nobody else."""

from __future__ import annotations

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from inference_api.proxies import BehindProxies

LIE = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "tyres.example"}


@Request.application
def tells(request: Request) -> Response:
    return Response(
        f"{request.remote_addr} {request.scheme} {request.host} {'X-Forwarded-For' in request.headers}"
    )


@pytest.mark.parametrize(
    ("trusted", "address", "is_told"),
    [
        ("", "127.0.0.1", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("10.0.0.0/8, ::1", "10.1.2.3", True),
        ("10.0.0.0/8, ::1", "11.1.2.3", False),
        ("localhost", "127.0.0.1", True),
        ("nobody.invalid", "127.0.0.1", False),
    ],
)
def test_a_proxy_is_known_by_its_network_or_its_name(trusted: str, address: str, is_told: bool) -> None:
    said = Client(BehindProxies(tells, trusted)).get("/", headers=LIE, environ_base={"REMOTE_ADDR": address})
    assert said.text == ("6.6.6.6 https tyres.example True" if is_told else f"{address} http localhost False")
