from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from inference_api import Services, create_app
from tests.fakes import FakeRegistry
from tests.fixtures.service import service_over
from tests.vision.bundles import BRIGHT, DARK, jpeg_of, write_bundle
from tyreloop.models.cache import ModelCache
from tyreloop.models.shelf import ModelShelf
from tyreloop.use_cases.stores import Stores
from tyreloop.vision.bundle import load_bundle


def check_here(folder: Path, version: int) -> None:
    """The same checks without the second that a child process takes to start."""
    load_bundle(folder, version)


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("bundle") / "sound")


@pytest.fixture
def registry() -> FakeRegistry:
    return FakeRegistry()


@pytest.fixture
def shelf(registry: FakeRegistry, tmp_path: Path) -> ModelShelf:
    return ModelShelf(lambda: registry, ModelCache(tmp_path / "models"), check=check_here)


@pytest.fixture
def services(shelf: ModelShelf, stores: Stores) -> Services:
    return service_over(stores, shelf)


@pytest.fixture
def empty_api(services: Services) -> Iterator[FlaskClient]:
    """The service before any model is in Production."""
    with create_app(services).test_client() as client:
        yield client


@pytest.fixture
def api(empty_api: FlaskClient, registry: FakeRegistry, shelf: ModelShelf, bundle: Path) -> FlaskClient:
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
