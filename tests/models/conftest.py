"""A road for models over a real database, with a registry that tests may break, and people of both kinds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import FakeRegistry
from tests.vision.bundles import brightness_graph, write_bundle
from tyreloop.domain.models import Exam, Release, ReleaseState, Serving
from tyreloop.domain.staff import Act, Actor, Role
from tyreloop.models.gate import Decision, Outcome
from tyreloop.models.register import register_bundle
from tyreloop.models.release import Releasing, promote_version, settle, version_in_production
from tyreloop.models.signing import Signer
from tyreloop.store.db import Database
from tyreloop.store.models import PostgresModels
from tyreloop.store.staff import PostgresAuditLog

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SUE = Actor("user:sue", Role.SCIENTIST.rights, is_known=True)
KIM = Actor("user:kim", Role.REVIEWER.rights, is_known=True)
SECRET = "a key of this test only, thirty-two and more"


@dataclass
class Time:
    """A clock that tests set."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Road:
    """Everything a test of releases looks at."""

    using: Releasing
    time: Time
    audit: PostgresAuditLog
    folder: Path

    @property
    def registry(self) -> FakeRegistry:
        assert isinstance(self.using.registry, FakeRegistry)
        return self.using.registry

    @property
    def models(self) -> PostgresModels:
        return self.using.models

    def register(self, gain: float = 6.0) -> int:
        folder = self.folder / f"bundle-{len(list(self.folder.glob('bundle-*')))}"
        write_bundle(folder, brightness_graph(gain=gain))
        return register_bundle(folder, description="a trial", registry=self.registry)

    def examined(
        self, version: int, outcome: Outcome = Outcome.PASSED, *, against: int | None = -1, **figures: Any
    ) -> None:
        """An exam as it would have come out."""
        against = version_in_production(self.using) if against == -1 else against
        decision = Decision(outcome, ({"say": "passed"},))
        if outcome is Outcome.REFUSED:
            decision = Decision.refused("bundle_refused", why="it misses 9 defective tyres")
        exam = Exam(version, against, {**decision.summary, **figures}, SUE.name, self.time())
        act = Act.of(SUE, "exam_held", f"version:{version}", exam.held_at)
        self.models.add_exam(self.using.model_name, exam, act=act)

    def promoted(self, version: int) -> Release:
        self.examined(version)
        return promote_version(version, by=SUE, using=self.using, reason="better")

    def served(self, version: int) -> Release:
        """Promoted, and answered with by two services."""
        self.promoted(version)
        self.services_say(version)
        newest = settle(self.using)
        assert newest is not None
        assert newest.state is ReleaseState.SERVED
        return newest

    def services_say(
        self, serving: int | None, *, refused: int | None = None, reason: str = "", every: float = 1e6
    ) -> None:
        newest = self.models.newest(self.using.model_name)
        for number, name in enumerate(("api-1", "api-2")):
            refusal = (refused, reason) if number == 0 else (None, "")
            said = Serving(name, serving, *refusal)
            self.models.tell_serving(
                self.using.model_name, said, newest.id if newest else None, every_seconds=every
            )

    def actions(self, *names: str) -> list[str]:
        """The lines of the audit log, the oldest first."""
        lines = [f"{line.action} {line.subject}" for line in self.audit.latest(limit=200)][::-1]
        return [line for line in lines if not names or line.split()[0] in names]

    def agrees(self) -> None:
        """Alias, stage, release record and audit log say the same."""
        standing = self.models.standing(self.using.model_name)
        said = standing.to_version if standing else None
        assert (self.registry.alias, self.registry.stage) == (said, said)
        signed = self.models.signed_release(self.using.model_name, self.registry.alias)
        assert (signed.to_version if signed else None) == said
        assert self.models.on_its_way(self.using.model_name) is None
        moved = [line.split(":")[1] for line in self.actions("model_promotion", "model_rollback")]
        rows = [one for one in self.models.latest(limit=200) if one.stands or (one.refusal and one.record)]
        assert moved == [str(one.to_version) for one in rows[::-1]]


@pytest.fixture
def road(database: Database, tmp_path: Path) -> Road:
    time = Time()
    using = Releasing(FakeRegistry(), PostgresModels(database), time, "tyre-defect", Signer(SECRET))
    return Road(using, time, PostgresAuditLog(database), tmp_path)


@pytest.fixture
def without_key(road: Road) -> Road:
    road.using = replace(road.using, signer=None)
    return road


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A bundle that is in no registry."""
    return write_bundle(tmp_path / "tiny", brightness_graph(gain=6.0))
