"""From what a request carries to who asks: a token, a key, or nothing, which is a visitor."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from tyreloop.access.api_keys import PREFIX, id_in, is_key
from tyreloop.access.tokens import REFUSED, Purpose, TokenSigner
from tyreloop.domain.errors import NotSignedIn, StoreUnavailable
from tyreloop.domain.staff import VISITOR_RIGHTS, Actor, Right
from tyreloop.ports import Clock
from tyreloop.store.staff import PostgresApiKeys, PostgresStaff

SCHEME = "bearer "
ANONYMOUS = frozenset({Right.OPEN})


class Staffing(Protocol):
    """Where people and keys are looked up."""

    @property
    def staff(self) -> PostgresStaff: ...
    @property
    def keys(self) -> PostgresApiKeys: ...
    @property
    def clock(self) -> Clock: ...


@dataclass(frozen=True, slots=True)
class Gate:
    """The one check of both faces."""

    signer: TokenSigner
    staffing: Staffing
    visitors_may_inspect: bool = True

    def who(self, authorization: str | None, *, visitor: str, request_id: str = "") -> Actor:
        """Who sends this `Authorization` header; one that proves nothing is refused, not ignored."""
        if authorization is None:
            return self.visitor(visitor, request_id)
        if not authorization.lower().startswith(SCHEME):
            raise NotSignedIn("Send `Authorization: Bearer` with a token or a key.")
        proof = authorization[len(SCHEME) :].strip()
        if proof.startswith(PREFIX):
            return self._of_key(proof, request_id)
        return self.of_token(Purpose.ACCESS, proof, request_id=request_id)

    def visitor(self, visitor: str, request_id: str = "") -> Actor:
        """Somebody without a name."""
        rights = VISITOR_RIGHTS if self.visitors_may_inspect else ANONYMOUS
        return Actor(f"visitor:{visitor}", rights, request_id)

    def of_token(self, purpose: Purpose, token: str, *, request_id: str = "") -> Actor:
        """The person a token was signed for, with the role they have now."""
        said = self.signer.read(purpose, token)
        member = self.staffing.staff.get(said.subject)
        if member is None or said.issued_at < member.tokens_count_from:
            raise NotSignedIn(REFUSED)
        return Actor(f"user:{member.name}", member.role.rights, request_id, is_known=True)

    def _of_key(self, text: str, request_id: str) -> Actor:
        key_id = id_in(text)
        found, now = self.staffing.keys.find(key_id) if key_id else None, self.staffing.clock()
        if found is None or not is_key(text, found[1]) or not found[0].counts_at(now):
            raise NotSignedIn("The key is not valid, or not any more.")
        key = found[0]
        if key.last_used_on != now.date():  # one write a day
            with suppress(StoreUnavailable):
                self.staffing.keys.note_use(key.id, day=now.date())
        return Actor(f"key:{key.name}", key.rights | ANONYMOUS, request_id, is_known=True)
