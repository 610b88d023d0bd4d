"""What the registry knows of the model: its versions, and which one is in Production."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Production:
    """The version in Production; a conflict is a stage that names another version than the alias."""

    version: int
    conflict_with: int | None = None


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """One version of the registered model."""

    version: int
    created_at: datetime
    run_id: str = ""
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
