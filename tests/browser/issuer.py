"""A small issuer of OpenID Connect: lets everybody in at once, as whom the test says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.fixtures.stand_in import Asked, answering

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

    def answer(self, asked: Asked) -> tuple[int, Any]:
        place = urlsplit(asked.path)
        if asked.method == "POST":
            return 200, self.token_for(parse_qs(asked.body.decode())["code"][0])
        if place.path == "/authorize":
            return 302, self._way_back(parse_qs(place.query))
        return 200, {"keys": [self.key.as_dict(private=False)]} if place.path == "/keys" else self.metadata()

    def _way_back(self, asked: dict[str, list[str]]) -> str:
        code = f"code-{len(self.nonces)}-{time.monotonic_ns()}"
        self.nonces[code] = asked["nonce"][0]
        return f"{asked['redirect_uri'][0]}?{urlencode({'code': code, 'state': asked['state'][0]})}"


@contextmanager
def running_issuer() -> Iterator[Issuer]:
    """On a port of its own, until the block ends."""
    issuer = Issuer()
    with answering(issuer.answer) as issuer.url:
        yield issuer
