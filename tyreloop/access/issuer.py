"""Somebody else who vouches for the staff (OpenID Connect), and what their words mean here.

The pages check the issuer's signature before anybody gets here. A person of the issuer's has an account under
a name of their own, bound to the issuer and to the id they have there: neither a local account nor another
person of the same name can be taken over by it, and it has no password.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from tyreloop.access.tokens import LIFETIME, Purpose
from tyreloop.domain.errors import NotAllowed, NotConfigured, NotSignedIn
from tyreloop.domain.staff import Role
from tyreloop.settings import Settings

PREFIX = "sso-"
STRONGEST_LAST = (Role.REVIEWER, Role.SCIENTIST, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as the issuer knows them, in our words."""

    name: str
    role: Role
    proof: str  # stands where others have the hash of their password, and fits no password
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Issuer:
    """Which of its words count, and for what."""

    roles: Mapping[str, Role]
    roles_claim: str
    client_id: str

    def identity(self, claims: Mapping[str, Any], *, at: datetime) -> Identity:
        """Who this is; raises NotSignedIn for words that are old or not for us, NotAllowed without a role."""
        issuer, subject, issued_at = (claims.get(name) for name in ("iss", "sub", "iat"))
        if not isinstance(issuer, str) or not isinstance(subject, str) or type(issued_at) is not int:
            raise NotSignedIn("The issuer does not say who this is.")
        if self.client_id not in _listed(claims.get("aud")):
            raise NotSignedIn("The issuer said this to somebody else.")
        moment = datetime.fromtimestamp(issued_at, UTC)
        if at - moment > LIFETIME[Purpose.SESSION]:
            raise NotSignedIn("That was too long ago: sign in again.")
        proof = sha256(f"{issuer}\n{subject}".encode()).hexdigest()
        return Identity(_name_in(claims, proof), self._role_in(claims), f"oidc:{proof}", moment)

    def _role_in(self, claims: Mapping[str, Any]) -> Role:
        """The strongest of those that the claim names."""
        named = {self.roles[value] for value in _listed(claims.get(self.roles_claim)) if value in self.roles}
        if not named:
            raise NotAllowed("The issuer names no role for you here.")
        return max(named, key=STRONGEST_LAST.index)


def issuer_of(settings: Settings) -> Issuer | None:
    """The issuer that the settings name, if they name one."""
    if not settings.oidc_metadata_url:
        return None
    if not settings.oidc_client_id or not settings.oidc_client_secret.get_secret_value():
        raise NotConfigured("OIDC_METADATA_URL needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET beside it.")
    return Issuer(roles_in(settings.oidc_roles), settings.oidc_roles_claim, settings.oidc_client_id)


def roles_in(text: str) -> Mapping[str, Role]:
    """`ml-team=scientist, ops=admin` as a table; several values may be one role."""
    pairs = [pair.strip().rpartition("=") for pair in text.split(",") if pair.strip()]
    known = {role.value for role in Role}
    if not pairs or any(not value.strip() or role.strip() not in known for value, _, role in pairs):
        raise NotConfigured(
            "OIDC_ROLES is a list like ml-team=scientist, ops=admin; roles are " + ", ".join(known) + "."
        )
    return {value.strip(): Role(role.strip()) for value, _, role in pairs}


def _listed(value: Any) -> list[str]:
    """Issuers write one value as text and several as a list."""
    return [value] if isinstance(value, str) else [str(one) for one in value] if value else []


def _name_in(claims: Mapping[str, Any], proof: str) -> str:
    said = str(claims.get("preferred_username") or claims.get("email") or "")
    plain = re.sub(r"[^a-z0-9._-]+", "-", said.partition("@")[0].lower())[:20].strip("-")
    return f"{PREFIX}{plain}-{proof[:6]}" if plain else f"{PREFIX}{proof[:12]}"
