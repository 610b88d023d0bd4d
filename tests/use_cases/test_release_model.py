"""Releasing moves Production and writes down who, when and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest

from tests.fakes import FakeRegistry
from tyreloop.domain.errors import ModelVersionNotFound
from tyreloop.domain.release import ReleaseKind
from tyreloop.use_cases.register_model import ensure_first_model, register_bundle
from tyreloop.use_cases.release_model import release_model
from tyreloop.use_cases.stores import Releasing, Stores

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def a_clock() -> Callable[[], datetime]:
    """Each look is a second later."""
    seconds = count()
    return lambda: NOON + timedelta(seconds=next(seconds))


@pytest.fixture
def releasing(stores: Stores) -> Releasing:
    return Releasing(FakeRegistry(), stores.releases, clock=a_clock())


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    (tmp_path / "golden").mkdir()
    (tmp_path / "card.json").write_text("{}")
    (tmp_path / "golden" / "good.jpg").write_bytes(b"photo")
    return tmp_path


def register(bundle: Path, releasing: Releasing) -> int:
    return register_bundle(bundle, description="a trial", registry=releasing.registry)


def test_a_release_says_who_moved_production_from_what_to_what(bundle: Path, releasing: Releasing) -> None:
    first, second = register(bundle, releasing), register(bundle, releasing)
    release_model(first, model_name="tyre-defect", by="sara", using=releasing)
    release = release_model(second, model_name="tyre-defect", by="jun", reason="better", using=releasing)
    assert (release.from_version, release.to_version) == (first, second)
    assert (release.released_by, release.reason, release.released_at) == (
        "jun",
        "better",
        NOON + timedelta(seconds=1),
    )
    assert releasing.releases.latest(limit=1) == [release]


def test_rolling_back_is_the_same_verb_backwards(bundle: Path, releasing: Releasing) -> None:
    first, second = register(bundle, releasing), register(bundle, releasing)
    for version in (first, second):
        release_model(version, model_name="tyre-defect", by="sara", using=releasing)
    release_model(first, model_name="tyre-defect", by="jun", kind=ReleaseKind.ROLLBACK, using=releasing)
    production = releasing.registry.production()
    assert production is not None
    assert production.version == first


def test_a_version_that_does_not_exist_moves_nothing(bundle: Path, releasing: Releasing) -> None:
    first = register(bundle, releasing)
    release_model(first, model_name="tyre-defect", by="sara", using=releasing)
    with pytest.raises(ModelVersionNotFound, match="no version 9"):
        release_model(9, model_name="tyre-defect", by="sara", using=releasing)
    assert len(releasing.releases.latest(limit=10)) == 1


def test_a_registered_bundle_carries_the_hash_of_each_file(bundle: Path, releasing: Releasing) -> None:
    register(bundle, releasing)
    tags = releasing.registry.versions()[0].tags
    assert tags["sha256.golden/good.jpg"] == sha256(b"photo").hexdigest()
    assert set(tags) == {"sha256.card.json", "sha256.golden/good.jpg"}


def test_a_fresh_installation_gets_the_demo_model_once(bundle: Path, releasing: Releasing) -> None:
    first = ensure_first_model(bundle, model_name="tyre-defect", using=releasing)
    again = ensure_first_model(bundle, model_name="tyre-defect", using=releasing)
    assert first is not None
    assert first.from_version is None
    assert again is None
    assert len(releasing.registry.versions()) == 1
