"""Let a person in for whom an issuer vouches; the account is made at the first time."""

from __future__ import annotations

from datetime import datetime

from tyreloop.domain.errors import NotAllowed, NotSignedIn
from tyreloop.domain.staff import Act, Actor, Role, StaffMember
from tyreloop.loop_ports import Staffing


def welcome_from_issuer(
    name: str, role: Role, *, proof: str, issued_at: datetime, by: Actor, using: Staffing
) -> StaffMember:
    """Their account with the role of now; whom an admin removed here stays out, whatever the issuer says."""
    if using.staff.was_removed(name):
        raise NotAllowed("This person was removed here.")
    member = using.staff.get(name)
    if member is None:
        member = StaffMember(name, role, created_at=using.clock(), tokens_count_from=issued_at)
        act = Act.of(by, "staff_added", f"user:{name}", member.created_at, role=role.value, issuer=True)
        using.staff.add(member, password_hash=proof, act=act)
    if using.staff.password_hash(name) != proof:
        raise NotAllowed("This name belongs to another account.")
    if issued_at < member.tokens_count_from:
        raise NotSignedIn("They signed out since: sign in again.")
    return member if member.role is role else _with_role(member, role, by, using)


def _with_role(member: StaffMember, role: Role, by: Actor, using: Staffing) -> StaffMember:
    act = Act.of(by, "staff_role_changed", f"user:{member.name}", using.clock(), role=role.value, issuer=True)
    using.staff.change_role(member.name, role, act=act)
    return StaffMember(member.name, role, member.created_at, member.tokens_count_from)
