"""What the loop's use cases need from outside: staff, reviews, datasets, training jobs; as Protocols."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tyreloop.domain.datasets import ImportedPhoto, Labelled, Removal, Snapshot, SnapshotSummary
from tyreloop.domain.feedback import VoteCount
from tyreloop.domain.orders import Order, OrderId, OrderLine, OrderState, Standing
from tyreloop.domain.photos import PhotoId, PredictionId
from tyreloop.domain.reviews import LookAlike, Review, ReviewCounts, ReviewItem
from tyreloop.domain.staff import Act, ApiKey, Role, StaffMember
from tyreloop.ports import Clock, PhotoStore, Releasing


class Staff(Protocol):
    """People who sign in; each change is kept together with its line of the audit log."""

    def add(self, member: StaffMember, *, password_hash: str, act: Act) -> None:
        """Keep a new person, or one who was removed before; raises NameTaken."""
        ...

    def remove(self, name: str, *, act: Act) -> None:
        """Nobody signs in under this name any more; raises StaffMemberNotFound."""
        ...

    def change_role(self, name: str, role: Role, *, act: Act) -> None:
        """Raises NotFound."""
        ...

    def was_removed(self, name: str) -> bool:
        """Whether somebody of this name left and did not come back."""
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


class Datasets(Protocol):
    """The inbox of reviewed photos, and the snapshots frozen from it."""

    def inbox(self, *, limit: int = 100_000) -> Sequence[Labelled]:
        """Reviewed photos whose label no snapshot holds yet, the first reviewed first."""
        ...

    def group_near(self, photo_id: PhotoId, fingerprint: int) -> str | None:
        """The group of the photo that looks most alike, if one is near enough."""
        ...

    def keep_look(self, photo_id: PhotoId, *, fingerprint: int, group: str) -> None: ...

    def freeze(self, snapshot: Snapshot, *, act: Act) -> None:
        """Keep a snapshot; raises NameTaken, and Conflict when it says what the newest says already."""
        ...

    def add_imported(self, snapshot: Snapshot, photos: Mapping[PhotoId, ImportedPhoto], *, act: Act) -> None:
        """Keep a snapshot that came from elsewhere, with the rows of its photos."""
        ...

    def all(self) -> Sequence[SnapshotSummary]:
        """Every snapshot, the newest first."""
        ...

    def get(self, name: str) -> Snapshot | None: ...

    def photos_at(self, places: Sequence[str]) -> Mapping[str, PhotoId]:
        """The photos at these places of any snapshot; what was deleted is left out."""
        ...

    def holding(self, photo_id: PhotoId) -> Sequence[str]:
        """The names of the snapshots that hold a photo, the oldest first."""
        ...

    def remove(self, photo_id: PhotoId, *, act: Act) -> None:
        """Take a photo out of the snapshots to come; raises NotFound."""
        ...

    def removal(self, photo_id: PhotoId) -> Removal | None: ...

    def removals(self) -> Sequence[Removal]: ...

    def restore(self, photo_id: PhotoId, *, act: Act) -> None: ...


@dataclass(frozen=True, slots=True)
class Curating:
    """What it takes to make datasets."""

    datasets: Datasets
    photos: PhotoStore
    fingerprint: Callable[[bytes], int]
    clock: Clock


class VoteCounts(Protocol):
    """Likes and dislikes that stand, without who gave them."""

    def of_version(self, version: int, *, since: datetime, until: datetime) -> VoteCount: ...


class Orders(Protocol):
    """Long pieces of work, and who does which; messages only tell a worker to look here."""

    def submit(self, order: Order, *, act: Act) -> None: ...

    def get(self, order_id: OrderId) -> Order | None: ...

    def latest(self, *, limit: int, kind: str | None = None) -> Sequence[Order]: ...

    def lines(self, order_id: OrderId, *, after: int = 0, limit: int = 500) -> Sequence[OrderLine]: ...

    def cancel(self, order_id: OrderId, *, act: Act) -> None:
        """A job that waits is over at once, one that runs is asked to stop; raises Conflict."""
        ...

    def retry(self, order_id: OrderId, *, act: Act) -> None:
        """A job that ended without success waits again; raises Conflict."""
        ...

    def to_dispatch(self, *, at: datetime) -> Sequence[OrderId]:
        """Take back what silent workers held; answer which jobs to tell a worker of now."""
        ...

    def undo_dispatch(self, order_id: OrderId) -> None: ...

    def begin(self, order_id: OrderId, *, worker: str, at: datetime) -> Order | None:
        """Take a job; None when it does not wait, or not yet its turn."""
        ...

    def renew_lease(self, order_id: OrderId, *, worker: str, at: datetime) -> Standing:
        """The worker lives."""
        ...

    def report(
        self, order_id: OrderId, *, worker: str, at: datetime, progress: Mapping[str, Any], line: str = ""
    ) -> None: ...

    def finish(
        self,
        order_id: OrderId,
        *,
        worker: str,
        at: datetime,
        state: OrderState,
        result: Mapping[str, Any],
        error: str = "",
        counts_as_attempt: bool = True,
    ) -> bool:
        """How it ended; False when the job is not this worker's any more."""
        ...


class RunningOrder(Protocol):
    """What the work itself sees of its job."""

    @property
    def order(self) -> Order: ...

    def check_cancelled(self) -> None:
        """Raises OrderCancelled or OrderLost when it is time to stop."""
        ...

    def report(self, progress: Mapping[str, Any], line: str = "") -> None: ...


Work = Callable[[RunningOrder], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Ordering:
    """What it takes to ask for long work."""

    orders: Orders
    clock: Clock


@dataclass(frozen=True, slots=True)
class Promoting:
    """What it takes to let another version answer."""

    releasing: Releasing
    orders: Orders
    audit: AuditLog
    model_name: str
