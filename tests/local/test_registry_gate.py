"""The registry's gate: who may ask, from which pages, where files may lie; and a real MLflow behind it."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tyreloop.local.registry_gate import READY, Gate

LOGIN = "tyreloop:a-password"
CREATE = "/api/2.0/mlflow/experiments/create"
SEARCH = "/api/2.0/mlflow/registered-models/search"


class Behind:
    """Stands in MLflow's place: remembers what reaches it, answers 200."""

    def __init__(self) -> None:
        self.reached: list[tuple[str, bytes]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        self.reached.append((scope["path"], body))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"secret names"})


def ask(
    method: str, path: str, *, login: str = LOGIN, body: Any = None, **headers: str
) -> tuple[int, bytes, Behind]:
    """One request through the gate."""
    behind, sent = Behind(), []
    told = {"host": "127.0.0.1:5000", **headers}
    if login:
        told["authorization"] = f"Basic {b64encode(login.encode()).decode()}"
    pairs = [(name.encode(), value.encode()) for name, value in told.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": pairs, "query_string": b""}
    data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": data, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(Gate(behind, login=LOGIN)(scope, receive, send))  # type: ignore[arg-type]
    return sent[0]["status"], sent[1]["body"], behind


@pytest.mark.parametrize("login", ["", "tyreloop:guessed", "somebody:a-password", LOGIN + "x"])
@pytest.mark.parametrize("path", [SEARCH, CREATE, "/", "/ajax-api/2.0/mlflow/experiments/search"])
def test_without_the_login_nothing_is_reached(path: str, login: str) -> None:
    status, said, behind = ask("GET", path, login=login)
    assert (status, behind.reached) == (401, [])
    assert b"secret" not in said


def test_what_is_no_login_at_all_is_refused() -> None:
    assert ask("GET", SEARCH, login="", authorization="Basic ???")[0] == 401
    assert ask("GET", SEARCH, login="", authorization="Bearer x")[0] == 401


def test_with_the_login_everything_is_reached() -> None:
    assert ask("GET", SEARCH)[0] == 200
    assert ask("POST", CREATE, body={"name": "mine"})[2].reached == [(CREATE, b'{"name": "mine"}')]


def test_whether_it_is_ready_is_told_to_anybody_and_no_more() -> None:
    status, said, behind = ask("GET", READY, login="")
    assert (status, said) == (200, b"")
    assert behind.reached[0][0] == SEARCH


@pytest.mark.parametrize("origin", ["http://127.0.0.1:5002", "http://evil.example", "null", "http://["])
def test_a_page_of_another_origin_writes_nothing(origin: str) -> None:
    assert ask("POST", CREATE, body={"name": "x"}, origin=origin)[0] == 403
    assert ask("GET", SEARCH, origin=origin)[0] == 200


def test_its_own_pages_write() -> None:
    assert ask("POST", CREATE, body={"name": "x"}, origin="http://127.0.0.1:5000")[0] == 200


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x", "artifact_location": "file:///tmp/elsewhere"},
        {"name": "x", "artifact_location": "/etc"},
        {"name": "x", "artifact_location": "s3://anywhere"},
        {"name": "x", "artifact_location": ["file:///tmp"]},
        {"name": "x", "artifactLocation": "file:///tmp/elsewhere"},  # which MLflow takes as well
        {"name": "x", "artifact_location": "mlflow-artifacts:/", "artifactLocation": "/etc"},
        {"name": "x", "artifact_location": "mlflow-artifacts:/../../elsewhere"},
        b'{"name": "x", "artifact\\u004cocation": "/etc"}',
        {"name": "x", "artifact_location\0": "/etc"},  # which MLflow reads up to the NUL
        b"[" * 500_000,
        ["not", "an", "object"],
        b"{not json",
        b"x" * 1_000_001,
    ],
)
def test_files_lie_in_the_registrys_own_store_only(body: Any) -> None:
    status, _, behind = ask("POST", CREATE, body=body)
    assert (status, behind.reached) == (400, [])


def test_a_version_comes_from_a_run_and_not_from_a_folder() -> None:
    path = "/api/2.0/mlflow/model-versions/create"
    assert ask("POST", path, body={"name": "m", "source": "file:///etc"})[0] == 400
    assert ask("POST", path, body={"name": "m", "source": "runs:/1/bundle"})[0] == 200


OF_A_REGISTRY = ["/", "/graphql", "/static-files/main.js", "/get-artifact", "/model-versions/get-artifact"]
MORE_THAN_A_REGISTRY = [
    "/ajax-api/3.0/mlflow/assistant/message",
    "/ajax-api/3.0/mlflow/assistant/skills/install",
    "/ajax-api/3.0/jobs/",
    "/api/2.0/mlflow/webhooks",
    "/api/3.0/mlflow/gateway/secrets/create",
    "/ajax-api/2.0/mlflow/gateway-proxy",
    "/gateway/mlflow/v1/chat/completions",
    "/ajax-api/3.0/mlflow/scorer/invoke",
    "/ajax-api/3.0/mlflow/genai/evaluate/invoke",
    "/v1/traces",
    "/nobody/knows/this",
    "/api",
    "/api/2.0/mlflow",
    "//gateway/mlflow/v1/models",
    "/api/2.0/mlflow//webhooks",
]


def test_a_registry_is_offered_and_nothing_that_starts_programs_or_calls_elsewhere() -> None:
    for path in (*OF_A_REGISTRY, SEARCH, "/ajax-api/2.0/mlflow-artifacts/artifacts/1/x"):
        assert ask("GET", path)[0] == 200, path
    for path in MORE_THAN_A_REGISTRY:
        status, _, behind = ask("POST", path)
        assert (status, behind.reached) == (403, []), path


def test_mlflow_itself_stands_behind_the_gate(mlflow_uri: str, tmp_path: Path) -> None:
    asked = {"name": "elsewhere", "artifact_location": (tmp_path / "out").as_uri()}
    connection = HTTPConnection(urlsplit(mlflow_uri).netloc, timeout=30)
    connection.request("POST", CREATE, json.dumps(asked), {"Content-Type": "application/json"})
    refused = connection.getresponse()
    assert (refused.status, b"its own store" in refused.read()) == (400, True)
    connection.request("POST", CREATE, json.dumps({"name": "here"}), {"Content-Type": "application/json"})
    assert connection.getresponse().status == 200
    connection.close()
