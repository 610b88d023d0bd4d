"""A few drawn photos and one tiny trained bundle, made once for all tests of learning."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from tyreloop.learning.drawing.folder import write_folder


@pytest.fixture(autouse=True, scope="session")
def _one_core_for_opencv() -> Iterator[None]:
    cv2.setNumThreads(1)
    yield


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """160 small drawn photos of all kinds."""
    folder = tmp_path_factory.mktemp("drawn") / "photos"
    write_folder(folder, count=160, seed=4242, size=96)
    return folder


@pytest.fixture(scope="session")
def tiny_bundle(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle after one epoch on 48 pixels: worth nothing as a judge, whole as a bundle."""
    from tests.learning.tiny_training import train_tiny

    return train_tiny(drawn, tmp_path_factory.mktemp("tiny")).folder
