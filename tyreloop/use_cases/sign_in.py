"""Let a person in by name and password."""

from __future__ import annotations

from tyreloop.domain.errors import NotSignedIn
from tyreloop.domain.staff import MOST_PASSWORD_CHARACTERS, Act, Actor, StaffMember
from tyreloop.loop_ports import Staffing


def sign_in(name: str, password: str, *, by: Actor, using: Staffing) -> StaffMember:
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


def sign_out_everywhere(name: str, *, by: Actor, using: Staffing) -> None:
    """Whatever was signed for this person before counts no more."""
    act = Act.of(by, "sign_out", f"user:{name}", using.clock())
    using.staff.make_tokens_stale(name, act=act)
