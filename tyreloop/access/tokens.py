"""Short-lived signed tokens: one algorithm, one issuer, one purpose each; all else is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from joserfc.jwt import JWTClaimsRegistry

from tyreloop.access.visitors import VisitorProofs
from tyreloop.domain.errors import NotSignedIn
from tyreloop.ports import Clock

ALGORITHM, ISSUER = "HS256", "tyreloop"
MOST_CHARACTERS = 2_000
REFUSED = "The token is not valid, or not any more. Sign in again."


class Purpose(StrEnum):
    """What a token is good for; it stands in its type and its audience, and is good for nothing else."""

    ACCESS = "access"  # a program, or a person's program, at the API
    SESSION = "session"  # a person at the pages
    TICKET = "ticket"  # carries a sign-in from the page to the cookie, once
    PHOTO = "photo"  # opens one photo


LIFETIME = {
    Purpose.ACCESS: timedelta(minutes=15),
    Purpose.SESSION: timedelta(hours=12),
    Purpose.TICKET: timedelta(seconds=60),
    Purpose.PHOTO: timedelta(minutes=5),
}


@dataclass(frozen=True, slots=True)
class Token:
    """What a valid token says."""

    id: str
    subject: str
    issued_at: datetime
    expires_at: datetime


class TokenSigner:
    """Signs tokens and reads them; each purpose has its own key, made from the one secret."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._secret = secret
        self.visitors = VisitorProofs(secret)
        self._clock = clock

    def sign(self, purpose: Purpose, subject: str) -> str:
        now = int(self._clock().timestamp())
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": purpose.value,
            "sub": subject,
            "iat": now,
            "exp": now + int(LIFETIME[purpose].total_seconds()),
            "jti": uuid4().hex,
        }
        return jwt.encode(_header(purpose), claims, self._key(purpose), algorithms=[ALGORITHM])

    def read(self, purpose: Purpose, token: str) -> Token:
        """What the token says, or NotSignedIn: never why, for that would teach a forger."""
        if len(token) > MOST_CHARACTERS:
            raise NotSignedIn(REFUSED)
        try:
            decoded = jwt.decode(token, self._key(purpose), algorithms=[ALGORITHM])
            self._require_header(decoded.header, purpose)
            self._rules(purpose).validate(decoded.claims)
            return _token_of(decoded.claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise NotSignedIn(REFUSED) from error

    def _require_header(self, header: dict[str, Any], purpose: Purpose) -> None:
        if header != _header(purpose):  # no kid, no jwk, no crit: nothing that could name another key
            raise ValueError("unexpected header")

    def _rules(self, purpose: Purpose) -> JWTClaimsRegistry:
        """A clock that stands still answers every claim of one token."""
        return JWTClaimsRegistry(
            now=int(self._clock().timestamp()),
            leeway=0,
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": purpose.value},
            sub={"essential": True},
            iat={"essential": True},
            exp={"essential": True},
            jti={"essential": True},
        )

    def _key(self, purpose: Purpose) -> OctKey:
        return OctKey.import_key(sha256(f"{purpose} {self._secret}".encode()).digest())


def _header(purpose: Purpose) -> dict[str, str]:
    return {"alg": ALGORITHM, "typ": f"{purpose}+jwt"}


def _token_of(claims: dict[str, Any]) -> Token:
    if not all(isinstance(claims[name], str) for name in ("sub", "jti", "aud")):
        raise TypeError("claims of other types")
    if not all(type(claims[name]) is int for name in ("iat", "exp")):
        raise TypeError("times of other types")
    return Token(
        id=claims["jti"],
        subject=claims["sub"],
        issued_at=datetime.fromtimestamp(claims["iat"], UTC),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
    )
