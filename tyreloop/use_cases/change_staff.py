"""Let people join the staff, and leave it."""

from __future__ import annotations

from tyreloop.domain.staff import Act, Actor, Right, Role, StaffMember, require_good_password
from tyreloop.loop_ports import Staffing


def add_staff_member(name: str, password: str, role: Role, *, by: Actor, using: Staffing) -> StaffMember:
    """A new person, or one who left before and comes back with a new password."""
    by.require(Right.ADMINISTER)
    require_good_password(password)
    at = using.clock()
    # Tokens know whole seconds only: one of this very second must count.
    member = StaffMember(name, role, created_at=at, tokens_count_from=at.replace(microsecond=0))
    act = Act.of(by, "staff_added", f"user:{name}", at, role=role.value)
    using.staff.add(member, password_hash=using.passwords.hash(password), act=act)
    return member


def remove_staff_member(name: str, *, by: Actor, using: Staffing) -> None:
    """From now on nothing opens for this person, not even what was signed before."""
    by.require(Right.ADMINISTER)
    using.staff.remove(name, act=Act.of(by, "staff_removed", f"user:{name}", using.clock()))
