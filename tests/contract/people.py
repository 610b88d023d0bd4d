"""The people and the things that the contract's sentences speak of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from tyreloop.domain.feedback import IdempotencyKey, Vote
from tyreloop.domain.photos import (
    Answer,
    ModelRef,
    PhotoId,
    Prediction,
    Source,
    UnusableReason,
    Verdict,
    Visitor,
    new_prediction_id,
)
from tyreloop.settings import Settings

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """A moment after noon."""
    return NOON + timedelta(minutes=minutes)


def a_key() -> IdempotencyKey:
    return IdempotencyKey(uuid4().hex)


def a_photo_id() -> PhotoId:
    return PhotoId(sha256(uuid4().bytes).hexdigest())


def a_verdict(answer: Answer = Answer.DEFECTIVE, reason: UnusableReason | None = None) -> Verdict:
    return Verdict(answer, {"good": 0.25, "defective": 0.75}, reason, {"decode": 8.5, "forward": 12.0})


def prediction_of(visitor: Visitor, **changes: Any) -> Prediction:
    """A prediction of this visitor, made at noon unless told otherwise."""
    fields: dict[str, Any] = {
        "id": new_prediction_id(),
        "photo_id": a_photo_id(),
        "photo_bytes": 48_000,
        "visitor": visitor,
        "model": ModelRef("tyre-defect", 3),
        "verdict": a_verdict(),
        "source": Source.UI,
        "made_at": NOON,
        "request_id": "req-1",
    }
    return Prediction(**{**fields, **changes})


def like(prediction: Prediction, *, minutes: float = 1, **changes: Any) -> Vote:
    return Vote(prediction.id, prediction.visitor, True, at(minutes), **changes)


def dislike(prediction: Prediction, *, minutes: float = 1, **changes: Any) -> Vote:
    return Vote(prediction.id, prediction.visitor, False, at(minutes), **changes)


def settings_for(dsn: Mapping[str, Any], data_dir: Path, **changes: Any) -> Settings:
    """The settings of a service with this database and this data folder, whatever the environment says."""
    fields = {
        "postgres_host": dsn["host"],
        "postgres_port": dsn["port"],
        "postgres_db": dsn["dbname"],
        "postgres_user": dsn["user"],
        "postgres_password": dsn["password"],
        "data_dir": data_dir,
    }
    return Settings(_env_file=None, **{**fields, **changes})
