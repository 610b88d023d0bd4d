"""A release moves Production from one model version to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class ReleaseKind(StrEnum):
    """Forward to a new version, or back to an older one."""

    PROMOTION = "promotion"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Release:
    """One move of Production: who, when, why, from, to, and what the exam said."""

    model_name: str
    to_version: int
    from_version: int | None
    kind: ReleaseKind
    released_at: datetime
    released_by: str
    reason: str = ""
    forced: bool = False
    exam: Mapping[str, Any] = field(default_factory=dict)
