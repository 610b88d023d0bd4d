"""People and programs: let them in, by password, issuer or key, and out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from tyreloop.access.issuer import Issuer
from tyreloop.domain.errors import InvalidRequest, InvitationSpent, NotAllowed, NotSignedIn
from tyreloop.domain.staff import (
    MOST_PASSWORD_CHARACTERS,
    NAME,
    Act,
    Actor,
    ApiKey,
    Invitation,
    Right,
    Role,
    StaffMember,
    require_good_password,
)
from tyreloop.use_cases.stores import Stores


def add_staff_member(name: str, password: str, role: Role, *, by: Actor, using: Stores) -> StaffMember:
    """A new person, or one who left before and comes back with a new password."""
    by.require(Right.ADMINISTER)
    require_good_password(password)
    at = using.clock()
    # Tokens know whole seconds only: one of this very second must count.
    member = StaffMember(name, role, created_at=at, tokens_count_from=at.replace(microsecond=0))
    act = Act.of(by, "staff_added", f"user:{name}", at, role=role.value)
    using.staff.add(member, password_hash=using.passwords.hash(password), act=act)
    return member


def remove_staff_member(name: str, *, by: Actor, using: Stores) -> None:
    """From now on nothing opens for this person, not even what was signed before."""
    by.require(Right.ADMINISTER)
    using.staff.remove(name, act=Act.of(by, "staff_removed", f"user:{name}", using.clock()))


def change_role(name: str, role: Role, *, by: Actor, using: Stores) -> None:
    """Another role for somebody; what they had open goes on with it."""
    by.require(Right.ADMINISTER)
    if by.name == f"user:{name}":
        raise InvalidRequest("Nobody changes their own role: ask another administrator.")
    act = Act.of(by, "role_changed", f"user:{name}", using.clock(), role=role.value)
    using.staff.change_role(name, role, act=act)


def invite_staff_member(role: Role, *, valid_for: timedelta, by: Actor, using: Stores) -> str:
    """The secret of a link that makes one person an account, once; it is kept nowhere."""
    by.require(Right.ADMINISTER)
    at, secret = using.clock(), token_urlsafe(32)
    invitation = Invitation(role, by.name, at, at + valid_for)
    act = Act.of(by, "staff_invited", f"role:{role.value}", at, until=invitation.expires_at.isoformat())
    using.staff.invite(invitation, secret_hash=_hash_of(secret), act=act)
    return secret


def read_invitation(secret: str, *, using: Stores) -> Invitation:
    """What a link gives; one that was used, has expired or never was is told the same."""
    invitation = using.staff.invitation(_hash_of(secret), at=using.clock())
    if invitation is None:
        raise InvitationSpent(InvitationSpent.sentence)
    return invitation


def redeem_invitation(secret: str, name: str, password: str, *, by: Actor, using: Stores) -> StaffMember:
    """Whoever holds the link chooses a name and a password; a refusal leaves the link as it was."""
    invitation = read_invitation(secret, using=using)  # before the costly hash
    require_good_password(password)
    at = using.clock()
    member = StaffMember(name, invitation.role, created_at=at, tokens_count_from=at.replace(microsecond=0))
    act = Act.of(by, "staff_joined", f"user:{name}", at, role=member.role.value, by=invitation.invited_by)
    hashed = using.passwords.hash(password)
    using.staff.redeem(member, password_hash=hashed, secret_hash=_hash_of(secret), act=act)
    return member


def invite_first_administrator(*, valid_for: timedelta, using: Stores) -> str | None:
    """The secret of a link for the first administrator, while nobody is on the staff."""
    if using.staff.all():
        return None
    installer = Actor("installer", frozenset(Right), is_known=True)
    return invite_staff_member(Role.ADMIN, valid_for=valid_for, by=installer, using=using)


def _hash_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def issue_api_key(
    name: str,
    rights: Iterable[Right],
    *,
    key_id: str,
    secret_hash: str,
    by: Actor,
    using: Stores,
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


def revoke_api_key(key_id: str, *, by: Actor, using: Stores) -> None:
    """From now on the key opens nothing."""
    by.require(Right.ADMINISTER)
    using.keys.revoke(key_id, act=Act.of(by, "key_revoked", f"key:{key_id}", using.clock()))


def sign_in(name: str, password: str, *, by: Actor, using: Stores) -> StaffMember:
    """The person, if the password is theirs; success and failure are both written down."""
    at = using.clock()
    known = len(password) <= MOST_PASSWORD_CHARACTERS and using.passwords.fits(
        password, using.staff.password_hash(name)
    )
    member = using.staff.get(name) if known else None
    action = "sign_in" if member else "sign_in_refused"
    using.audit.add(Act.of(by, action, f"user:{name[:32]}", at))
    if member is None:
        raise NotSignedIn("The name or the password is not right.")
    return member


def sign_out_everywhere(name: str, *, by: Actor, using: Stores) -> None:
    """Whatever was signed for this person before counts no more."""
    act = Act.of(by, "sign_out", f"user:{name}", using.clock())
    using.staff.make_tokens_stale(name, act=act)


def sign_in_with_oidc(issuer: Issuer, claims: Mapping[str, Any], *, by: Actor, using: Stores) -> Actor:
    """The person whom an issuer names, with the role it gives them; the account is made at the first time.

    Whom an administrator removed here stays out, whatever the issuer says.
    """
    said = issuer.identity(claims, at=using.clock())
    name, role, issued_at = said.name, said.role, said.issued_at
    if using.staff.was_removed(name):
        raise NotAllowed("This person was removed here.")
    member = using.staff.get(name)
    if member is None:
        member = StaffMember(name, role, created_at=using.clock(), tokens_count_from=issued_at)
        act = Act.of(by, "staff_added", f"user:{name}", member.created_at, role=role.value, issuer=True)
        using.staff.add(member, password_hash=said.proof, act=act)
    if using.staff.password_hash(name) != said.proof:
        raise NotAllowed("This name belongs to another account.")
    if issued_at < member.tokens_count_from:
        raise NotSignedIn("They signed out since: sign in again.")
    if member.role is not role:
        at = using.clock()
        act = Act.of(by, "staff_role_changed", f"user:{name}", at, role=role.value, issuer=True)
        using.staff.change_role(name, role, act=act)
    return Actor(f"user:{name}", role.rights, by.request_id, is_known=True)
