"""Models: versions in the registry, the one in Production, exams, and the releases that move it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol


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


class Registry(Protocol):
    """The model registry: versions, their files, and the one in Production."""

    def production(self) -> Production | None: ...

    def versions(self) -> Sequence[RegisteredVersion]:
        """All versions, the newest first."""
        ...

    def register(
        self, folder: Path, *, description: str, tags: Mapping[str, str], run_id: str | None = None
    ) -> int:
        """Add a folder of files as a new version; answers its number."""
        ...

    def download(self, version: int, folder: Path) -> None:
        """Put a version's files into a folder."""
        ...

    def add_bundle(self, version: int, folder: Path, *, tags: Mapping[str, str]) -> None:
        """Let a bundle be a version's files from now on, in place of a plain model."""
        ...

    def tag(self, version: int, tags: Mapping[str, str]) -> None:
        """Note something about a version."""
        ...

    def move_production(self, version: int) -> None:
        """Let this version, and no other, be in Production."""
        ...

    def write_down(self, version: int, texts: Mapping[str, str]) -> None:
        """Keep texts, by their paths, beside the run that made a version."""
        ...


@dataclass(frozen=True, slots=True)
class Exam:
    """What came of an exam: of which version, against which, and what the gate said."""

    version: int
    against: int | None  # None: nothing was in Production
    summary: Mapping[str, Any]
    held_by: str
    held_at: datetime
    wall: Sequence[Mapping[str, str]] = ()  # the photos that broke or were fixed
    id: int = 0

    @property
    def passed(self) -> bool:
        return bool(self.summary.get("passed", False))

    @property
    def reasons(self) -> Sequence[Mapping[str, Any]]:
        """Why the gate decided as it did, without a language."""
        return list(self.summary.get("reasons", ()))


class ReleaseKind(StrEnum):
    """Forward to a new version, or back to an older one."""

    PROMOTION = "promotion"
    ROLLBACK = "rollback"


class ReleaseState(StrEnum):
    """How far a release has come; each step is written down before the next begins."""

    ASKED = "asked"
    EXAMINED = "examined"
    SIGNED = "signed"
    MOVED = "moved"  # the registry names it
    SERVED = "served"  # every live service answers with it
    REFUSED = "refused"  # by the gate, or by a service that could not load it


ON_ITS_WAY = (ReleaseState.ASKED, ReleaseState.EXAMINED, ReleaseState.SIGNED)
STANDS = (ReleaseState.MOVED, ReleaseState.SERVED)


@dataclass(frozen=True, slots=True)
class Release:
    """One move of Production: who, when, why, from, to, what the exam said, and how far it came."""

    model_name: str
    to_version: int
    from_version: int | None
    kind: ReleaseKind
    released_at: datetime
    released_by: str
    reason: str = ""
    forced: bool = False
    exam: Mapping[str, Any] = field(default_factory=dict)
    state: ReleaseState = ReleaseState.ASKED
    refusal: str = ""
    record: str = ""  # what was signed, as it was signed
    signature: str = ""
    served_at: datetime | None = None
    id: int = 0

    @property
    def stands(self) -> bool:
        return self.state in STANDS


@dataclass(frozen=True, slots=True)
class Serving:
    """What one live service says it answers with."""

    service: str
    serving: int | None
    refused: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One version of the registered model, as the Release page shows it."""

    version: int
    created_at: datetime
    description: str
    is_in_production: bool
    dataset: str = ""
    exam: Mapping[str, Any] = field(default_factory=dict)
    wall: Sequence[Mapping[str, str]] = ()
    run_id: str = ""
    objections: Sequence[Mapping[str, Any]] = ()  # why a promotion would be refused now
    answered: Mapping[str, Any] = field(default_factory=dict)  # its figures, from the newest exam it sat in

    @property
    def passed(self) -> bool:
        return bool(self.exam.get("passed", False))
