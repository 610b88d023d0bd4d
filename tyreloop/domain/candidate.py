"""A version that could be in Production, with what its exam says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Candidate:
    """One version of the registered model, as the Release page shows it."""

    version: int
    created_at: datetime
    description: str
    is_in_production: bool
    dataset: str = ""
    exam: Mapping[str, Any] = field(default_factory=dict)
    wall: Sequence[Mapping[str, str]] = ()  # the photos that broke or were fixed
    run_id: str = ""

    @property
    def passed(self) -> bool:
        return bool(self.exam.get("passed", False))
