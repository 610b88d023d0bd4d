"""Who may do what: staff with a role, keys with a few rights, and the visitor who has no name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from tyreloop.domain.errors import InvalidRequest, NotAllowed, NotSignedIn

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
LEAST_PASSWORD_CHARACTERS, MOST_PASSWORD_CHARACTERS = 12, 200


class Right(StrEnum):
    """One kind of thing that somebody may do."""

    OPEN = "open"  # alive, ready, sign in: everybody, always
    INSPECT = "inspect"  # show photos, and speak about one's own answers
    REVIEW = "review"  # decide about corrections
    CURATE = "curate"  # datasets and the photos in them
    TRAIN = "train"  # training jobs
    RELEASE = "release"  # move Production
    ADMINISTER = "administer"  # staff and keys


class Role(StrEnum):
    """What a person on the staff is there for."""

    REVIEWER = "reviewer"
    SCIENTIST = "scientist"
    ADMIN = "admin"

    @property
    def rights(self) -> frozenset[Right]:
        return RIGHTS_OF[self]


VISITOR_RIGHTS = frozenset({Right.OPEN, Right.INSPECT})
RIGHTS_OF: Mapping[Role, frozenset[Right]] = {
    Role.REVIEWER: VISITOR_RIGHTS | {Right.REVIEW},
    Role.SCIENTIST: VISITOR_RIGHTS | {Right.REVIEW, Right.CURATE, Right.TRAIN, Right.RELEASE},
    Role.ADMIN: frozenset(Right),
}


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A person who signs in."""

    name: str
    role: Role
    created_at: datetime
    tokens_count_from: datetime  # what was signed for them earlier is stale

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise InvalidRequest(
                "A name has 2 to 32 small letters, digits, dots, dashes or underscores, and begins with a "
                "letter or a digit."
            )


@dataclass(frozen=True, slots=True)
class Invitation:
    """A one-time link that makes one person an account with this role."""

    role: Role
    invited_by: str
    invited_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of a program: named, with a few rights, until somebody takes it back."""

    id: str
    name: str
    rights: frozenset[Right]
    created_by: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_on: date | None = None

    def counts_at(self, moment: datetime) -> bool:
        """Whether the key opens anything at that moment."""
        return self.revoked_at is None and (self.expires_at is None or moment < self.expires_at)


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever asks, with what they may do; the name is what the audit log says."""

    name: str
    rights: frozenset[Right] = VISITOR_RIGHTS
    request_id: str = ""
    is_known: bool = False

    def require(self, right: Right) -> None:
        """Go on only with this right."""
        if right in self.rights:
            return
        if self.is_known:
            raise NotAllowed("You are signed in, but this is not yours to do.")
        raise NotSignedIn("Sign in first.")


def unnamed(kind: str, name: str) -> str:
    """A subject that can be recognised by whoever knows its name, and tells it to nobody.

    Nothing leaves the audit log; so a photo or an answer that its visitor deletes later is never named there.
    """
    return f"{kind}:{sha256(f'{kind} {name}'.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Act:
    """A line of the audit log."""

    actor: str
    action: str
    subject: str
    happened_at: datetime
    request_id: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def of(actor: Actor, action: str, subject: object, at: datetime, **details: Any) -> Act:
        """What this actor does now."""
        return Act(actor.name, action, str(subject), at, actor.request_id, details)


def require_good_password(password: str) -> None:
    """Long beats clever; the upper bound keeps hashing cheap to refuse."""
    if not LEAST_PASSWORD_CHARACTERS <= len(password) <= MOST_PASSWORD_CHARACTERS:
        raise InvalidRequest(
            f"A password has {LEAST_PASSWORD_CHARACTERS} to {MOST_PASSWORD_CHARACTERS} characters."
        )
