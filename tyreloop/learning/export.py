"""Weights into an ONNX graph that takes the service's bytes, proven to say what torch says."""

from __future__ import annotations

import copy
import logging
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from tyreloop.domain.errors import BundleRefused
from tyreloop.learning.graphs import forget_where_it_was_made
from tyreloop.learning.networks.lite0 import FoldedConv
from tyreloop.learning.networks.tyre_network import TyreNetwork
from tyreloop.vision.card import InputSpec, OutputNames
from tyreloop.vision.engine import OnnxEngine

PARITY = 1e-4
"""The largest difference between torch's and onnxruntime's answers that is still rounding."""


OUTPUTS = OutputNames(kinds="kind_scores", view="view_scores", familiarity="familiar")


class ServedGraph(nn.Module):
    """The network with the preprocessing folded in: N x H x W x 3 bytes in, plain outputs."""

    def __init__(self, network: TyreNetwork) -> None:
        super().__init__()
        self.network = in_plain_layers(network)

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        said = self.network(pictures.permute(0, 3, 1, 2).to(torch.float32))
        return said.logits, said.map, said.embedding, said.kinds, said.view, said.familiarity


def in_plain_layers(network: TyreNetwork) -> TyreNetwork:
    """A copy whose folded convolutions are torch's own layers."""
    own = copy.deepcopy(network)
    for parent in list(own.modules()):
        for name, child in parent.named_children():
            if isinstance(child, FoldedConv):
                setattr(parent, name, child.plain())
    return own


def export_graph(network: TyreNetwork, spec: InputSpec, path: Path) -> float:
    """Write the graph and answer the largest difference found; more than rounding is an error."""
    graph = ServedGraph(network).eval()
    example = torch.zeros(2, spec.height, spec.width, 3, dtype=torch.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns about its own internals
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        torch.onnx.export(
            graph,
            (example,),
            str(path),
            input_names=[spec.name],
            output_names=OUTPUTS.all(),
            dynamic_shapes={"pictures": {0: torch.export.Dim("photos", min=1, max=1024)}},
            dynamo=True,
            external_data=False,
            optimize=False,
            verbose=False,
        )
    onnx.save(forget_where_it_was_made(onnx.load(str(path))), str(path))
    return require_parity(graph, spec, path)


def require_parity(graph: nn.Module, spec: InputSpec, path: Path) -> float:
    """Both run the same pictures, alone and as a batch."""
    engine = OnnxEngine(path, spec, OUTPUTS)
    dice = np.random.default_rng(0)
    worst = 0.0
    for count in (1, 3):
        batch = dice.integers(0, 256, (count, spec.height, spec.width, 3), dtype=np.uint8)
        with torch.inference_mode():
            expected = graph(torch.from_numpy(batch))
        got = engine.run(batch)
        said = (got.logits, got.map, got.embedding, got.kinds, got.view, got.familiarity)
        for ours, theirs in zip(said, expected, strict=True):
            scale = max(1.0, float(theirs.abs().max()))
            worst = max(worst, float(np.abs(np.asarray(ours) - theirs.numpy()).max()) / scale)
    if worst > PARITY:
        raise BundleRefused(f"the exported graph differs from torch by {worst:.1e}, more than {PARITY:.0e}")
    return worst


def weights_in_graph(path: Path) -> dict[str, Tensor]:
    """The weights that a graph of ours carries, by their names in the network; in bytes or in floats."""
    arrays = {one.name: numpy_helper.to_array(one) for one in onnx.load(str(path)).graph.initializer}
    found = {}
    for name, values in arrays.items():
        if name.endswith(IN_BYTES):
            whole = name.removesuffix(IN_BYTES)
            scale = arrays.get(f"{whole}_scale", arrays.get(f"{name}_scale"))
            scale = np.asarray(scale).reshape(-1, *[1] * (values.ndim - 1))
            found[whole.removeprefix("network.")] = torch.from_numpy(values.astype(np.float32) * scale)
        else:
            found[name.removeprefix("network.")] = torch.from_numpy(values.copy()).float()
    return found


IN_BYTES = "_quantized"


def start_from_graph(network: TyreNetwork, path: Path) -> int:
    """Take over every weight whose name and shape fit; answers how many did.

    A head means nothing behind another backbone: where none of the backbone fits, nothing is taken.
    """
    own, carried = network.state_dict(), weights_in_graph(path)
    fitting = {
        name: value for name, value in carried.items() if name in own and own[name].shape == value.shape
    }
    folded = _take_folded(network, carried)
    if not folded and not any(name.startswith("features.") for name in fitting):
        return 0
    network.load_state_dict({**network.state_dict(), **fitting})
    learned = dict(network.named_parameters())
    return folded + sum(name in learned and value.ndim > 1 for name, value in fitting.items())


def _take_folded(network: TyreNetwork, carried: dict[str, Tensor]) -> int:
    taken = 0
    for name, module in network.named_modules():
        if isinstance(module, FoldedConv):
            inside = [key for key in carried if key.startswith(f"{name}.") and key.endswith(".weight")]
            fits = [key for key in inside if carried[key].shape == module.weight.shape]
            for key in fits[:1]:
                module.take(carried[key], carried[key.replace(".weight", ".bias")])
                taken += 1
    return taken
