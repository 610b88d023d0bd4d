from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from inference_api import Services, create_app
from tests.fixtures.service import service_over_twins
from tests.vision.bundles import BRIGHT, DARK, jpeg_of, write_bundle
from tyreloop.adapters.memory import (
    MemoryCorrections,
    MemoryPhotoStore,
    MemoryPredictionLog,
    MemoryPredictions,
    MemoryRegistry,
    MemoryVotes,
)
from tyreloop.adapters.model_shelf import ModelShelf
from tyreloop.adapters.model_shelf.cache import ModelCache
from tyreloop.ports import Feedback
from tyreloop.vision.bundle import load_bundle


def check_here(folder: Path, version: int) -> None:
    """The same checks without the second that a child process takes to start."""
    load_bundle(folder, version)


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("bundle") / "sound")


@pytest.fixture
def registry() -> MemoryRegistry:
    return MemoryRegistry()


@pytest.fixture
def photos() -> MemoryPhotoStore:
    return MemoryPhotoStore()


@pytest.fixture
def feedback() -> Feedback:
    predictions = MemoryPredictions()
    return Feedback(
        predictions=predictions,
        votes=MemoryVotes(predictions),
        corrections=MemoryCorrections(predictions),
        clock=lambda: datetime.now(UTC),
    )


@pytest.fixture
def shelf(registry: MemoryRegistry, tmp_path: Path) -> ModelShelf:
    return ModelShelf(lambda: registry, ModelCache(tmp_path / "models"), check=check_here)


@pytest.fixture
def services(shelf: ModelShelf, feedback: Feedback, photos: MemoryPhotoStore) -> Services:
    log = MemoryPredictionLog(feedback.predictions)
    return service_over_twins(shelf, feedback=feedback, photos=photos, log=log)


@pytest.fixture
def empty_api(services: Services) -> Iterator[FlaskClient]:
    """The service before any model is in Production."""
    with create_app(services).test_client() as client:
        yield client


@pytest.fixture
def api(empty_api: FlaskClient, registry: MemoryRegistry, shelf: ModelShelf, bundle: Path) -> FlaskClient:
    """The service with a model in Production."""
    registry.move_production(registry.register(bundle, description="sound", tags={}))
    shelf.look()
    return empty_api


@pytest.fixture(scope="session")
def bright() -> bytes:
    return jpeg_of(BRIGHT)


@pytest.fixture(scope="session")
def dark() -> bytes:
    return jpeg_of(DARK)
