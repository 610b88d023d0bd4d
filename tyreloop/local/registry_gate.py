"""MLflow's server behind a login: one name and password, its own pages only, artifacts in its own store only.

A program of its own (`python registry_gate.py --port 5000 --login FILE`) on the standard library and MLflow's
own packages: the registry's image has nothing else. MLflow's `basic-auth` would bring another database, users
and pages to administer them; people here sign in at the pages, and the registry knows one account.
"""

from __future__ import annotations

import argparse
import json
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Awaitable, Callable, MutableMapping
from hmac import compare_digest
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

READY = "/ready"
# Any question that needs the tables: MLflow makes them at the first one, which takes seconds.
NEEDS_TABLES, ONE = "/api/2.0/mlflow/registered-models/search", b"max_results=1"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
NAMES_A_PLACE = ("/mlflow/experiments/create", "/mlflow/model-versions/create")
# By the names of their fields as MLflow takes them: with or without lines between words, in any case.
PLACES = {
    "artifactlocation": ("mlflow-artifacts:",),
    "source": ("mlflow-artifacts:", "runs:/", "models:/", "s3://"),
}
# Of MLflow what a registry is. It has more: assistants that start programs, webhooks and gateways that
# call other addresses, jobs. What a new version of it adds is shut too until it stands here.
PAGES = {"", "build", "get-artifact", "graphql", "model-versions", "static-files", "version"}
APIS = {"api", "ajax-api"}
SUBJECTS = {
    "artifacts",
    "datasets",
    "experiments",
    "get-trace-artifact",
    "logged-models",
    "metrics",
    "model-versions",
    "registered-models",
    "runs",
    "server-info",
    "traces",
    "upload-artifact",
}
MAX_BODY_BYTES = 1_000_000

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


class Gate:
    """Stands in front of MLflow; without a login everybody on this machine may ask."""

    def __init__(self, app: App, *, login: str = "") -> None:
        self._app = app
        self._login = login.encode()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"] == "/health":
            await self._app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["path"] == READY:
            await self._answer_ready(scope, receive, send)
        elif not self._is_known(dict(scope["headers"])):
            await refuse(send, 401, "The model registry asks for its name and password.")
        elif is_from_elsewhere(scope):
            await refuse(send, 403, "Another site's page may not write here.")
        elif not is_offered(scope["path"]):
            await refuse(send, 403, "The model registry offers experiments, runs and models, and not this.")
        elif scope["method"] == "POST" and scope["path"].endswith(NAMES_A_PLACE):
            await self._create(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _is_known(self, headers: dict[bytes, bytes]) -> bool:
        kind, _, proof = headers.get(b"authorization", b"").partition(b" ")
        try:
            told = b64decode(proof) if kind.lower() == b"basic" else b""
        except NoBase64:
            told = b""
        return not self._login or compare_digest(told, self._login)

    async def _answer_ready(self, scope: Message, receive: Receive, send: Send) -> None:
        """Whether the tables answer, and nothing of what is in them."""
        status = 503

        async def look(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)

        asked = {
            "path": NEEDS_TABLES,
            "raw_path": NEEDS_TABLES.encode(),
            "query_string": ONE,
            "method": "GET",
        }
        await self._app({**scope, **asked}, receive, look)
        await refuse(send, 200 if status == 200 else 503, "")

    async def _create(self, scope: Message, receive: Receive, send: Send) -> None:
        """Artifacts lie in the registry's own store: the server would write to any place that it is told."""
        body, more = b"", True
        while more and len(body) <= MAX_BODY_BYTES:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        if place := place_elsewhere(body):
            await refuse(send, 400, f"The registry keeps its files in its own store, not at {place}.")
            return

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, again, send)


def place_elsewhere(body: bytes) -> str:
    """The first place outside of the store that a request names; what cannot be read names one."""
    try:
        asked = json.loads(body or b"{}") if len(body) <= MAX_BODY_BYTES else None
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        return "a place that cannot be read"
    for field, place in asked.items():
        if not field.isidentifier():  # MLflow reads a name up to its first NUL
            return "a place that cannot be read"
        schemes = PLACES.get(field.replace("_", "").lower())
        if schemes and place and (not str(place).startswith(schemes) or ".." in str(place)):
            return str(place)[:200]
    return ""


def is_offered(path: str) -> bool:
    """Whether this belongs to what a registry is."""
    first, *more = path.strip("/").split("/")
    if first not in APIS:
        return first in PAGES
    about = more[1:]  # after the version
    return about[:1] == ["mlflow-artifacts"] or (
        about[:1] == ["mlflow"] and not SUBJECTS.isdisjoint(about[1:2])
    )


def is_from_elsewhere(scope: Message) -> bool:
    """Whether a page of another origin wants something changed."""
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin-1")
    here = headers.get(b"host", b"").decode("latin-1")
    try:
        return scope["method"] not in SAFE_METHODS and bool(origin) and urlsplit(origin).netloc != here
    except ValueError:  # no browser says such a thing
        return True


async def refuse(send: Send, status: int, sentence: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    if status == 401:
        headers.append((b"www-authenticate", b'Basic realm="model registry"'))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence.encode()})


def main() -> None:
    """One process. `mlflow server` would load everything twice: once to check, once to serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--login", type=Path, help="A file with name:password; none: nobody is asked.")
    asked = parser.parse_args()
    login = asked.login.read_text(encoding="utf-8").strip() if asked.login else ""
    # By name: this starts the server, and whoever speaks with the registry does so in `models/`.
    app: App = import_module("mlflow.server.fastapi_app").app
    gate = Gate(app, login=login)
    import_module("uvicorn").run(gate, host=asked.host, port=asked.port, log_level="warning")


if __name__ == "__main__":
    main()
