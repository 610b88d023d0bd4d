"""What the use cases need from outside, as Protocols; adapters and their in-memory twins keep them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import NewType, Protocol

from tyreloop.domain.alerts import Alert
from tyreloop.domain.feedback import Correction, Receipt, Vote
from tyreloop.domain.model import Production, RegisteredVersion
from tyreloop.domain.photos import (
    ModelRef,
    PhotoId,
    Prediction,
    PredictionId,
    UploadedPhoto,
    Verdict,
    Visitor,
)
from tyreloop.domain.release import Release

IdempotencyKey = NewType("IdempotencyKey", str)
Clock = Callable[[], datetime]


class Delivery(StrEnum):
    """Where something that people said is safe now."""

    STORED = "stored"  # in the database
    QUEUED = "queued"  # on this machine's disk, to be sent when the database answers again


class Classifier(Protocol):
    """Judges photos with the model that is in Production."""

    def judge(self, photo: UploadedPhoto) -> tuple[ModelRef, Verdict]: ...


class PredictionLog(Protocol):
    """Takes predictions and their photos to be kept; never makes an answer wait."""

    def record(self, prediction: Prediction, photo: UploadedPhoto) -> None:
        """Keep a prediction soon, and its photo unless the visitor said no."""
        ...

    def flush(self, prediction_id: PredictionId) -> None:
        """Keep a prediction now if it is still on its way: somebody speaks about it."""
        ...


class Predictions(Protocol):
    """Every prediction ever made."""

    def add(self, prediction: Prediction) -> Delivery:
        """Keep a prediction; the same one again changes nothing."""
        ...

    def add_all(self, predictions: Sequence[Prediction]) -> Delivery:
        """Keep several in one go: all of them, or none."""
        ...

    def get(self, prediction_id: PredictionId) -> Prediction | None: ...

    def of_visitor(self, visitor: Visitor, *, limit: int) -> Sequence[Prediction]:
        """A visitor's predictions, the latest first."""
        ...


class Votes(Protocol):
    """One vote per visitor and prediction; the one cast last stands, in whatever order they arrive."""

    def cast(self, vote: Vote, *, key: IdempotencyKey) -> Delivery: ...

    def retract(
        self, prediction_id: PredictionId, visitor: Visitor, *, at: datetime, key: IdempotencyKey
    ) -> Delivery: ...

    def get(self, prediction_id: PredictionId, visitor: Visitor) -> Vote | None: ...


class Corrections(Protocol):
    """One right label per visitor and prediction, with the same rules as votes."""

    def give(self, correction: Correction, *, key: IdempotencyKey) -> Delivery: ...

    def withdraw(
        self, prediction_id: PredictionId, visitor: Visitor, *, at: datetime, key: IdempotencyKey
    ) -> Delivery: ...

    def get(self, prediction_id: PredictionId, visitor: Visitor) -> Correction | None: ...


class Receipts(Protocol):
    """What became of corrections."""

    def get(self, prediction_id: PredictionId, visitor: Visitor) -> Receipt | None:
        """None where the visitor's correction was taken back, or never given."""
        ...


@dataclass(frozen=True, slots=True)
class Erased:
    """What a deletion took away; the photo is named when nobody else showed the same one."""

    predictions: Sequence[PredictionId]
    orphan: PhotoId | None


class Erasures(Protocol):
    """What visitors deleted, and that it stays away."""

    def erase(self, prediction_id: PredictionId, visitor: Visitor) -> Erased:
        """Delete the photo of a visitor's prediction with everything of theirs that hangs from it."""
        ...

    def was_erased(self, prediction_id: PredictionId) -> bool: ...


class WriteFailures(Protocol):
    """Writes that did not reach the database at once."""

    def add(self, *, failed_at: datetime, stage: str, error: str, writes: int) -> None: ...


class PhotoStore(Protocol):
    """Keeps photos without their metadata, by the hash of what was uploaded."""

    def put(self, photo_id: PhotoId, jpeg: bytes) -> None: ...

    def get(self, photo_id: PhotoId) -> bytes:
        """The kept JPEG; raises PhotoNotFound."""
        ...

    def thumbnail(self, photo_id: PhotoId) -> bytes:
        """The photo as a small JPEG; raises PhotoNotFound."""
        ...

    def delete(self, photo_id: PhotoId) -> None: ...


class Registry(Protocol):
    """The model registry: versions, their files, and the one in Production."""

    def production(self) -> Production | None: ...

    def versions(self) -> Sequence[RegisteredVersion]:
        """All versions, the newest first."""
        ...

    def register(self, folder: Path, *, description: str, tags: Mapping[str, str]) -> int:
        """Add a folder of files as a new version; answers its number."""
        ...

    def download(self, version: int, folder: Path) -> None:
        """Put a version's files into a folder."""
        ...

    def move_production(self, version: int) -> None:
        """Let this version, and no other, be in Production."""
        ...


class Releases(Protocol):
    """The history of Production."""

    def add(self, release: Release) -> None: ...

    def latest(self, *, limit: int) -> Sequence[Release]: ...


class Alerts(Protocol):
    """Every time of trouble, whoever noticed it."""

    def record(self, alert: Alert) -> None:
        """Keep an alert; the same one told again changes its end and its numbers only."""
        ...

    def latest(self, *, limit: int) -> Sequence[Alert]:
        """Open alerts first, then the newest."""
        ...


@dataclass(frozen=True, slots=True)
class Inspection:
    """What it takes to answer a photo."""

    classifier: Classifier
    log: PredictionLog
    clock: Clock


@dataclass(frozen=True, slots=True)
class Feedback:
    """What it takes to keep what people say about an answer."""

    predictions: Predictions
    votes: Votes
    corrections: Corrections
    clock: Clock


@dataclass(frozen=True, slots=True)
class Erasing:
    """What it takes to delete a photo."""

    erasures: Erasures
    photos: PhotoStore


@dataclass(frozen=True, slots=True)
class Releasing:
    """What it takes to move Production."""

    registry: Registry
    releases: Releases
    clock: Clock
