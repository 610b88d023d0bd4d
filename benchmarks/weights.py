"""The one set of weights that everything measured here serves: efficientnet_b0, two classes, 224 pixels."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from tyreloop.learning.networks.tyre_network import build_network
from tyreloop.vision.card import MODEL_FILE, Card, InputSpec, write_card

SIDE = 224
FLOAT_GRAPH = "float.onnx"
SCRIPTED = "scripted.pt"


class ForService(nn.Module):
    """uint8 NHWC in: the layout and the type that a decoder gives."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, photos: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        found = self.network(photos.permute(0, 3, 1, 2).float())
        return found.logits, found.map, found.embedding


class ForPeers(nn.Module):
    """Float NCHW in 0..1, as tutorials have it; logits out."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, photos: Tensor) -> Tensor:
        logits: Tensor = self.network(photos * 255).logits
        return logits


def write_weights(folder: Path, network: str = "efficientnet_b0") -> Path:
    """A bundle for the service, and the same weights as the peers take them."""
    torch.manual_seed(7)
    model = build_network(network).eval()
    folder.mkdir(parents=True, exist_ok=True)
    photos = torch.zeros(1, SIDE, SIDE, 3, dtype=torch.uint8)
    _export(ForService(model), photos, folder / MODEL_FILE, "input", ["logits", "map", "embedding"])
    floats = torch.zeros(1, 3, SIDE, SIDE)
    peers = ForPeers(model).eval()
    _export(peers, floats, folder / FLOAT_GRAPH, "input", ["logits"])
    torch.jit.trace(peers, floats).save(str(folder / SCRIPTED))
    graph_hash = sha256((folder / MODEL_FILE).read_bytes()).hexdigest()
    spec = InputSpec(height=SIDE, width=SIDE, fit="letterbox")
    write_card(Card(input=spec, files={MODEL_FILE: graph_hash}, made_with="benchmarks"), folder)
    return folder


def _export(module: nn.Module, example: Tensor, file: Path, name: str, outputs: list[str]) -> None:
    axes: dict[str, Any] = {key: {0: "n"} for key in [name, *outputs]}
    torch.onnx.export(
        module.eval(),
        (example,),
        str(file),
        input_names=[name],
        output_names=outputs,
        dynamic_axes=axes,
        opset_version=18,
        dynamo=False,
    )


if __name__ == "__main__":
    import sys

    write_weights(Path(sys.argv[1]))
