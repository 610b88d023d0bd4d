"""The running stack as somebody outside meets it, and what must be as before when they have gone."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any

from tests.fixtures.running_stack import StackUnderTest
from tyreloop.bootstrap import Role as ProcessRole
from tyreloop.bootstrap import opened_stores
from tyreloop.domain.staff import Actor, Right, Role
from tyreloop.settings import Settings
from tyreloop.use_cases.staff import add_staff_member

PASSWORD = "a password of the tests"
ROOT = Actor("shell:root", frozenset(Right), is_known=True)
PORTS = {"api": "FLASK_PORT", "pages": "STREAMLIT_PORT", "registry": "MLFLOW_PORT"}
Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: Headers

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Target:
    """Alice showed a photo; Ada administers; everybody else is Mallory."""

    stack: StackUnderTest
    settings: Settings
    gaps: dict[str, str] = field(default_factory=dict)  # {alice}, {prediction}, ... in an attack's texts

    def ask(
        self, at: str, method: str, path: str, body: bytes | str | None = None, headers: Headers | None = None
    ) -> Answer:
        """One request; a connection that is hung up on counts as no answer."""
        with closing(HTTPConnection("127.0.0.1", self.stack.ports[PORTS[at]], timeout=60)) as connection:
            try:
                connection.request(method, path, body, dict(headers or {}))
                response = connection.getresponse()
                return Answer(response.status, response.read(), dict(response.headers.items()))
            except (ConnectionError, EOFError):
                return Answer(0, b"", {})

    def filled(self, text: str) -> str:
        for name, value in self.gaps.items():
            text = text.replace(f"<{name}>", value)
        return text

    def prepare(self, photo: bytes) -> None:
        """Alice and Ada, as they come in."""
        with opened_stores(self.settings, role=ProcessRole.OWNER) as stores:
            if stores.staff.get("ada") is None:
                add_staff_member("ada", PASSWORD, Role.ADMIN, by=ROOT, using=stores)
        signing_in = json.dumps({"name": "ada", "password": PASSWORD})
        shown = self.ask(
            "api",
            "POST",
            "/v1/predictions",
            photo,
            {"Content-Type": "image/jpeg", "Idempotency-Key": "alices-key-1"},
        )
        login = (
            self.settings.mlflow_tracking_username,
            self.settings.mlflow_tracking_password.get_secret_value(),
        )
        self.gaps.update(
            alice=shown.headers["X-Visitor"],
            name=shown.headers["X-Visitor"].partition(".")[0],
            prediction=shown.json["id"],
            photo=shown.json["photo_id"],
            token=self.ask("api", "POST", "/v1/tokens", signing_in).json["access_token"],
            registry=b64encode(":".join(login).encode()).decode(),
        )

    @property
    def state(self) -> dict[str, Any]:
        """What no stranger may change."""
        alice = {"X-Visitor": self.gaps["alice"]}
        with opened_stores(self.settings, role=ProcessRole.OWNER) as stores:
            return {
                "serving": self.ask("api", "GET", "/v1/model").json["serving"],
                "prediction": self.ask(
                    "api", "GET", f"/v1/predictions/{self.gaps['prediction']}", None, alice
                ).body,
                "staff": [(one.name, one.role) for one in stores.staff.all()],
                "keys": len(stores.keys.all()),
                "datasets": len(stores.datasets.all()),
                "audit": stores.audit.check().is_whole,
            }
