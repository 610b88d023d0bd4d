"""Visitors on the internet's side of the edge, who bring photos and vote all the time."""

from __future__ import annotations

import json
import ssl
from contextlib import AbstractContextManager
from http.client import HTTPException, HTTPSConnection
from io import BytesIO
from threading import Lock
from time import monotonic, sleep

from PIL import Image

from tests.containers.checks import require
from tests.fixtures.lanes import again_and_again

LANES = 2
VOTE = b'{"liked": true}'


class Crowd:
    """Each asks on a connection of its own, so that every handshake counts too; any certificate will do."""

    def __init__(self, port: int) -> None:
        self.failed, self.answered, self.voted, self.not_recorded = list[str](), 0, 0, 0
        self._port, self._lock = port, Lock()
        self._context = ssl.create_default_context()
        self._context.check_hostname, self._context.verify_mode = False, ssl.CERT_NONE  # it changes meanwhile
        photo = BytesIO()
        Image.effect_noise((640, 640), 60).convert("RGB").save(photo, "JPEG")
        self._photo = photo.getvalue()

    def ask(
        self, method: str, path: str, body: bytes | None = None, visitor: str = "walker-0001"
    ) -> tuple[int, bytes]:
        kind = "application/json" if body == VOTE else "image/jpeg"
        line = HTTPSConnection("localhost", self._port, timeout=60, context=self._context)
        try:
            line.request(method, path, body, {"X-Visitor": visitor, "Content-Type": kind})
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()

    def coming(self) -> AbstractContextManager[None]:
        return again_and_again(lambda lane, number: self._visit(f"walker-{lane}-{number:05}"), lanes=LANES)

    def _visit(self, visitor: str) -> None:
        self._counted("GET", "/", None, visitor)
        status, body = self._counted("POST", "/v1/predictions", self._photo, visitor)
        if status in (200, 201):
            self._vote(f"/v1/predictions/{json.loads(body)['id']}/vote", visitor)

    def _vote(self, path: str, visitor: str) -> None:
        """A prediction is recorded just after its answer; never, if its service was killed in between."""
        status, until = 404, monotonic() + 10
        while status == 404 and monotonic() < until:
            status, body = self._counted("PUT", path, VOTE, visitor)
            sleep(0.2 if status == 404 else 0)
        with self._lock:
            self.voted += status in (200, 202)
            self.not_recorded += status == 404
            if status not in (200, 202, 404):
                self.failed.append(f"PUT {path}: {status} {body[:200]!r}")

    def _counted(self, method: str, path: str, body: bytes | None, visitor: str) -> tuple[int, bytes]:
        status, said = 0, b""
        try:
            status, said = self.ask(method, path, body, visitor)
        except (OSError, HTTPException) as error:
            said = repr(error).encode()
        with self._lock:
            self.answered += 1
            if status in {0, 429} or status >= 500:
                self.failed.append(f"{method} {path}: {status} {said[:200]!r}")
        return status, said

    def wait_for_more(self, requests: int = 20) -> None:
        until, patience = self.answered + requests, monotonic() + 120
        while self.answered < until and not self.failed and monotonic() < patience:
            sleep(0.2)
        require(not self.failed, f"{len(self.failed)} requests failed, the first: {self.failed[:3]}")
        require(self.answered >= until, "nobody is answered")
