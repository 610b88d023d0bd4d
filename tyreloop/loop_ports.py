"""What the loop's use cases need from outside: staff, reviews, datasets, training jobs; as Protocols."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tyreloop.domain.photo import PhotoId
from tyreloop.domain.prediction import PredictionId
from tyreloop.domain.review import LookAlike, Review, ReviewCounts, ReviewItem
from tyreloop.domain.staff import Act, ApiKey, StaffMember
from tyreloop.ports import Clock


class Staff(Protocol):
    """People who sign in; each change is kept together with its line of the audit log."""

    def add(self, member: StaffMember, *, password_hash: str, act: Act) -> None:
        """Keep a new person, or one who was removed before; raises NameTaken."""
        ...

    def remove(self, name: str, *, act: Act) -> None:
        """Nobody signs in under this name any more; raises StaffMemberNotFound."""
        ...

    def get(self, name: str) -> StaffMember | None: ...

    def password_hash(self, name: str) -> str | None: ...

    def all(self) -> Sequence[StaffMember]: ...

    def make_tokens_stale(self, name: str, *, act: Act) -> None:
        """Whatever was signed for this person before the act counts no more."""
        ...


class ApiKeys(Protocol):
    """Keys of programs: only a hash of each is kept."""

    def add(self, key: ApiKey, *, secret_hash: str, act: Act) -> None: ...

    def revoke(self, key_id: str, *, act: Act) -> None:
        """Raises ApiKeyNotFound."""
        ...

    def find(self, key_id: str) -> tuple[ApiKey, str] | None:
        """A key and the hash of its secret."""
        ...

    def all(self) -> Sequence[ApiKey]: ...


class AuditLog(Protocol):
    """Who did what; lines are only ever added."""

    def add(self, act: Act) -> None: ...

    def latest(self, *, limit: int) -> Sequence[Act]: ...


class Passwords(Protocol):
    """Hashes passwords so that a stolen table tells none of them."""

    def hash(self, password: str) -> str: ...

    def fits(self, password: str, password_hash: str | None) -> bool:
        """Whether it is the one; without a hash it takes as long and says no."""
        ...


@dataclass(frozen=True, slots=True)
class Staffing:
    """What it takes to let people and programs in."""

    staff: Staff
    keys: ApiKeys
    audit: AuditLog
    passwords: Passwords
    clock: Clock


class Reviews(Protocol):
    """Answers that wait for a reviewer, each in one pair of hands at a time."""

    def take(self, reviewer: str, *, at_most: int, at: datetime) -> Sequence[ReviewItem]:
        """What this reviewer holds, filled up with the most valuable that nobody holds."""
        ...

    def decide(self, review: Review, *, act: Act) -> None:
        """Keep a decision; raises Conflict when the reviewer does not hold the answer any more."""
        ...

    def skip(self, prediction_id: PredictionId, reviewer: str, *, at: datetime) -> None:
        """Leave it to others for a day."""
        ...

    def undo(self, reviewer: str, *, act: Act) -> PredictionId | None:
        """Take back the latest of the reviewer's last ten decisions; they hold the answer again."""
        ...

    def counts(self, reviewer: str, *, since: datetime) -> ReviewCounts: ...

    def look_alikes(self, photo_id: PhotoId, fingerprint: int, *, limit: int) -> Sequence[LookAlike]:
        """Reviewed photos that look much the same, the most alike first."""
        ...

    def audited(self, *, since: datetime) -> tuple[int, int]:
        """Of the answers drawn at random and reviewed: how many were right, and how many there are."""
        ...


@dataclass(frozen=True, slots=True)
class Reviewing:
    """What it takes to review."""

    reviews: Reviews
    clock: Clock
