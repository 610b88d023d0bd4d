"""Weights into an ONNX graph that takes the service's bytes, proven to say what torch says."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from tyreloop.domain.errors import BundleRefused
from tyreloop.learning.networks.tyre_network import TyreNetwork
from tyreloop.vision.card import InputSpec, OutputNames
from tyreloop.vision.engine import OnnxEngine

PARITY = 1e-4
"""The largest difference between torch's and onnxruntime's answers that is still rounding."""


class ServedGraph(nn.Module):
    """The network with the preprocessing folded in: N x H x W x 3 bytes in, three plain outputs."""

    def __init__(self, network: TyreNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        outputs = self.network(pictures.permute(0, 3, 1, 2).to(torch.float32))
        return outputs.logits, outputs.map, outputs.embedding


def export_graph(network: TyreNetwork, spec: InputSpec, path: Path) -> float:
    """Write the graph and answer the largest difference found; more than rounding is an error."""
    graph = ServedGraph(network).eval()
    names = OutputNames()
    example = torch.zeros(2, spec.height, spec.width, 3, dtype=torch.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns about its own internals
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        torch.onnx.export(
            graph,
            (example,),
            str(path),
            input_names=[spec.name],
            output_names=[str(names.logits), str(names.map), str(names.embedding)],
            dynamic_shapes={"pictures": {0: torch.export.Dim("photos", min=1, max=1024)}},
            dynamo=True,
            external_data=False,
            optimize=False,
            verbose=False,
        )
    forget_where_it_was_made(path)
    return require_parity(graph, spec, path)


def forget_where_it_was_made(path: Path) -> None:
    """The exporter notes the lines of code, with the folders of this machine, beside every node."""
    model = onnx.load(str(path))
    parts = (model, model.graph, *model.graph.node, *model.graph.input, *model.graph.output)
    for part in (*parts, *model.graph.value_info, *model.graph.initializer):
        del part.metadata_props[:]
        part.doc_string = ""
    onnx.save(model, str(path))


def require_parity(graph: nn.Module, spec: InputSpec, path: Path) -> float:
    """Both run the same pictures, alone and as a batch."""
    engine = OnnxEngine(path, spec, OutputNames())
    dice = np.random.default_rng(0)
    worst = 0.0
    for count in (1, 3):
        batch = dice.integers(0, 256, (count, spec.height, spec.width, 3), dtype=np.uint8)
        with torch.inference_mode():
            expected = graph(torch.from_numpy(batch))
        got = engine.run(batch)
        for ours, theirs in zip((got.logits, got.map, got.embedding), expected, strict=True):
            scale = max(1.0, float(theirs.abs().max()))
            worst = max(worst, float(np.abs(np.asarray(ours) - theirs.numpy()).max()) / scale)
    if worst > PARITY:
        raise BundleRefused(f"the exported graph differs from torch by {worst:.1e}, more than {PARITY:.0e}")
    return worst


def weights_in_graph(path: Path) -> dict[str, Tensor]:
    """The weights that a graph of ours carries, by their names in the network."""
    found = {}
    for tensor in onnx.load(str(path)).graph.initializer:
        name = tensor.name.removeprefix("network.")
        found[name] = torch.from_numpy(numpy_helper.to_array(tensor).copy())
    return found


def start_from_graph(network: TyreNetwork, path: Path) -> int:
    """Take over every weight whose name and shape fit; answers how many did."""
    own = network.state_dict()
    carried = weights_in_graph(path)
    fitting = {
        name: value for name, value in carried.items() if name in own and own[name].shape == value.shape
    }
    network.load_state_dict({**own, **fitting})
    learned = dict(network.named_parameters())
    return sum(name in learned and value.ndim > 1 for name, value in fitting.items())
