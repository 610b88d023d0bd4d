"""People and keys as lines; what waits for somebody of the staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from streamlit_ui.texts import Texts
from streamlit_ui.view_models.figures import moment_in_words
from tyreloop.domain.staff import ApiKey, StaffMember


@dataclass(frozen=True, slots=True)
class Work:
    """One page of the staff, and what waits there."""

    page: str
    icon: str
    line: str


def member_line(member: StaffMember, say: Texts, zone: tzinfo) -> str:
    """Who, and since when."""
    return say("people.member", name=member.name, since=moment_in_words(member.created_at, zone)[:10])


def key_line(key: ApiKey, say: Texts, zone: tzinfo) -> str:
    """A key without its secret: what it opens, who gave it, until when, and when it was last used."""
    rights = ", ".join(say(f"people.right_{right}") for right in sorted(key.rights))
    if key.revoked_at is not None:
        state = say("people.key_revoked", when=moment_in_words(key.revoked_at, zone)[:10])
    elif key.expires_at is not None:
        state = say("people.key_until", when=moment_in_words(key.expires_at, zone)[:10])
    else:
        state = say("people.key_for_good")
    by = key.created_by.removeprefix("user:")
    used = say("people.key_used", when=key.last_used_on) if key.last_used_on else say("people.key_unused")
    return say("people.key", name=key.name, rights=rights, by=by, state=f"{state} · {used}")
