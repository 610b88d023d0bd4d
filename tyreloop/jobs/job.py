"""What a job is, and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tyreloop.files.photos import ObjectPhotoStore
from tyreloop.settings import Settings
from tyreloop.store.db import Database
from tyreloop.store.task_runs import JobRuns


@dataclass(frozen=True, slots=True)
class Tools:
    """What every job may use."""

    settings: Settings
    database: Database
    runs: JobRuns
    photos: ObjectPhotoStore
    clock: Callable[[], datetime]


Details = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """A name, a purpose, and the work itself; options are whole numbers with a default."""

    name: str
    purpose: str
    work: Callable[..., Details]
    options: Mapping[str, int] = field(default_factory=dict)
