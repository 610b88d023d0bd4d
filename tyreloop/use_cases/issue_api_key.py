"""Give a program a key, and take it back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from tyreloop.domain.errors import InvalidRequest
from tyreloop.domain.staff import NAME, Act, Actor, ApiKey, Right
from tyreloop.loop_ports import Staffing


def issue_api_key(
    name: str,
    rights: Iterable[Right],
    *,
    key_id: str,
    secret_hash: str,
    by: Actor,
    using: Staffing,
    valid_for: timedelta | None = None,
) -> ApiKey:
    """A key with these rights, none of which its giver lacks."""
    by.require(Right.ADMINISTER)
    if not NAME.fullmatch(name):
        raise InvalidRequest("A key's name has 2 to 32 small letters, digits, dots, dashes or underscores.")
    at, granted = using.clock(), frozenset(rights)
    if not granted <= by.rights:
        raise InvalidRequest("A key opens no more than its giver may.")
    key = ApiKey(key_id, name, granted, by.name, at, at + valid_for if valid_for else None)
    act = Act.of(by, "key_issued", f"key:{name}", at, key_id=key_id, rights=sorted(granted))
    using.keys.add(key, secret_hash=secret_hash, act=act)
    return key


def revoke_api_key(key_id: str, *, by: Actor, using: Staffing) -> None:
    """From now on the key opens nothing."""
    by.require(Right.ADMINISTER)
    using.keys.revoke(key_id, act=Act.of(by, "key_revoked", f"key:{key_id}", using.clock()))
