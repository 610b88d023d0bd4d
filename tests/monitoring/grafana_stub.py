"""The few routes of Grafana's API that the sync tool asks, over real HTTP, with what a test puts there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.fixtures.stand_in import Asked, answering

TOKEN = "glsa_of_the_tests"


@dataclass
class GrafanaStub:
    """What this Grafana holds, and what was sent to it."""

    url: str = ""
    health: dict[str, Any] = field(
        default_factory=lambda: {"status": "OK", "message": "Database Connection OK"}
    )
    boards: dict[str, dict[str, Any]] = field(default_factory=dict)
    rules: list[dict[str, Any]] = field(default_factory=list)
    judged: dict[str, dict[str, Any]] = field(default_factory=dict)
    contact_points: list[dict[str, Any]] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    sent: list[tuple[str, Any]] = field(default_factory=list)

    def answer(self, asked: Asked) -> tuple[int, Any]:
        """One request's status and JSON."""
        path = asked.path.partition("?")[0]
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return 401, {"message": "Unauthorized"}
        if asked.method == "POST":
            body = json.loads(asked.body)
            self.sent.append((path, body))
            return self._written(path, body)
        *_, last = path.split("/")
        if path.startswith("/api/datasources/uid/"):
            return 200, self.health
        if path.startswith("/api/dashboards/uid/"):
            return (
                (200, {"dashboard": self.boards[last]}) if last in self.boards else (404, {"message": "no"})
            )
        if path == "/api/v1/provisioning/contact-points":
            return 200, self.contact_points
        return self._rule(path, last)

    def _rule(self, path: str, last: str) -> tuple[int, Any]:
        if path == "/api/v1/provisioning/alert-rules":
            return 200, self.rules
        if path.startswith("/api/v1/provisioning/alert-rules/"):
            found = next((rule for rule in self.rules if rule["uid"] == last), None)
            return (200, found) if found else (404, {"message": "not found"})
        if path == "/api/prometheus/grafana/api/v1/rules":
            return 200, {"data": {"groups": [{"rules": list(self.judged.values())}]}}
        return 404, {"message": f"the stub does not know {path}"}

    def _written(self, path: str, body: Any) -> tuple[int, Any]:
        if path == "/api/folders":
            if body["uid"] in self.folders:
                return 412, {"message": "a folder with that uid already exists"}
            self.folders.append(body["uid"])
            return 200, body
        if path == "/api/dashboards/db":
            self.boards[body["dashboard"]["uid"]] = body["dashboard"]
            return 200, {"url": f"/d/{body['dashboard']['uid']}", "status": "success"}
        return 200, {"id": 7, "status": "sent"}


@contextmanager
def running_grafana() -> Iterator[GrafanaStub]:
    """A stub on a free port of this machine."""
    stub = GrafanaStub()
    with answering(stub.answer) as stub.url:
        yield stub
