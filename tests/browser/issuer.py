"""A small issuer of OpenID Connect: lets everybody in at once, as whom the test says."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "tyreloop-pages", "only-for-tests"
METADATA = "/.well-known/openid-configuration"


@dataclass
class Issuer:
    """Where it is, and who the next person is."""

    url: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "of-the-test"}))
    nonces: dict[str, str] = field(default_factory=dict)

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def token_for(self, code: str) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonces.pop(code),
        }
        header = {"alg": "RS256", "kid": "of-the-test"}
        signed = jwt.encode(header, {**claims, **self.person}, self.key, algorithms=["RS256"])
        return {"access_token": "a-token", "token_type": "Bearer", "expires_in": 300, "id_token": signed}


@contextmanager
def running_issuer() -> Iterator[Issuer]:
    """On a port of its own, until the block ends."""
    issuer = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            place, asked = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
            if place == "/authorize":
                self._send_back(asked)
            elif place == "/keys":
                self._say({"keys": [issuer.key.as_dict(private=False)]})
            else:
                self._say(issuer.metadata())

        def do_POST(self) -> None:
            body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self._say(issuer.token_for(body["code"][0]))

        def _send_back(self, asked: dict[str, list[str]]) -> None:
            code = f"code-{len(issuer.nonces)}-{time.monotonic_ns()}"
            issuer.nonces[code] = asked["nonce"][0]
            back = urlencode({"code": code, "state": asked["state"][0]})
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri'][0]}?{back}")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _say(self, said: dict[str, Any]) -> None:
            content = json.dumps(said).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
