from __future__ import annotations

from pathlib import Path

import pytest

from tests.vision.bundles import write_bundle
from tyreloop.vision.bundle import LoadedModel, load_bundle


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound bundle; bright photos are good, dark ones defective, red ones no tyre."""
    return write_bundle(tmp_path_factory.mktemp("bundle") / "sound")


@pytest.fixture(scope="session")
def model(bundle: Path) -> LoadedModel:
    return load_bundle(bundle, version=7)
