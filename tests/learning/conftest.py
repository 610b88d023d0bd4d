"""A few drawn photos and one tiny trained bundle, made once for all tests of learning."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import pytest
import torch

from tests.learning.tiny_training import train_tiny
from tyreloop.learning.drawing.folder import write_folder
from tyreloop.learning.made_model import MadeModel


@pytest.fixture(autouse=True, scope="session")
def _one_core() -> None:
    """Threads that wait for each other make small work slow where tests run side by side."""
    cv2.setNumThreads(1)
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """160 small drawn photos of all kinds."""
    folder = tmp_path_factory.mktemp("drawn") / "photos"
    write_folder(folder, count=160, seed=4242, size=96)
    return folder


@pytest.fixture(scope="session")
def tiny_made(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> MadeModel:
    """A training of two epochs on 48 pixels: worth nothing as a judge, whole as a bundle."""
    return train_tiny(drawn, tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def tiny_bundle(tiny_made: MadeModel) -> Path:
    """Its folder, to be looked at only."""
    return tiny_made.folder


@pytest.fixture
def own_bundle(tiny_made: MadeModel, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(tiny_made.folder, tmp_path / "bundle"))
