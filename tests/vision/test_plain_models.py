"""Versions as data scientists log them with `mlflow.pytorch`, without a bundle."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
import yaml

from tests.vision.bundles import BRIGHT, jpeg_of
from tyreloop.domain.errors import BundleRefused
from tyreloop.domain.photos import Answer
from tyreloop.vision.open_model import open_model
from tyreloop.vision.pipeline import judge


class Brightness(torch.nn.Module):
    """Bright is good."""

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        mean = photos.mean(dim=(1, 2, 3)).unsqueeze(1) * 5
        return torch.cat([mean, -mean], 1)


def described(folder: Path, **said: object) -> Path:
    """What `mlflow.pytorch.log_model` writes beside the model."""
    (folder / "data").mkdir(parents=True)
    spec = [{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 3, 96, 64]}}]
    description = {
        "flavors": {"pytorch": {"model_data": "data"}},
        "metadata": {"tyreloop": said} if said else None,
        "signature": {"inputs": json.dumps(spec)},
    }
    (folder / "MLmodel").write_text(yaml.safe_dump(description))
    return folder


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = described(tmp_path_factory.mktemp("plain") / "pt2")
    torch.export.save(
        torch.export.export(Brightness().eval(), (torch.zeros(1, 3, 96, 64),)), folder / "data/model.pt2"
    )
    return folder


@pytest.fixture
def pickled(tmp_path: Path) -> Path:
    folder = described(tmp_path / "pickled")
    torch.save(Brightness(), folder / "data/model.pth")
    return folder


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_an_exported_model_is_served_as_it_is(exported: Path) -> None:
    model = open_model(exported, 3, allow_pickled=True)

    assert (model.card.input.height, model.card.input.width) == (96, 64)
    assert judge(jpeg_of(BRIGHT), model).answer is Answer.GOOD
    assert judge(jpeg_of(20), model).answer is Answer.DEFECTIVE


def test_a_pickled_model_is_refused_and_told_how_it_may_serve(pickled: Path) -> None:
    with pytest.raises(BundleRefused, match=r"pickled.*ALLOW_PICKLED_MODELS=true"):
        open_model(pickled, 3)


def test_an_exported_model_is_refused_too_for_it_is_unpickled_to_be_read(exported: Path) -> None:
    with pytest.raises(BundleRefused, match="ALLOW_PICKLED_MODELS=true"):
        open_model(exported, 3)


def test_where_pickled_models_are_allowed_they_serve(pickled: Path) -> None:
    assert judge(jpeg_of(BRIGHT), open_model(pickled, 3, allow_pickled=True)).answer is Answer.GOOD


@pytest.mark.parametrize(
    ("said", "reason"),
    [({"classes": ["cat", "dog"]}, "not good and defective"), ({"temperature": -1}, "greater than 0")],
)
def test_what_the_metadata_says_is_checked(tmp_path: Path, said: dict[str, object], reason: str) -> None:
    folder = described(tmp_path / "odd", **said)
    torch.save(Brightness(), folder / "data/model.pth")

    with pytest.raises(BundleRefused, match=reason):
        open_model(folder, 3, allow_pickled=True)


def test_a_description_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleRefused, match="neither a bundle nor a PyTorch model"):
        open_model(described(tmp_path / "empty"), 3)


def test_an_exported_model_that_is_none_is_refused(tmp_path: Path) -> None:
    folder = described(tmp_path / "broken")
    (folder / "data/model.pt2").write_bytes(b"not a model")

    with pytest.raises(BundleRefused, match="cannot be opened"):
        open_model(folder, 3, allow_pickled=True)
