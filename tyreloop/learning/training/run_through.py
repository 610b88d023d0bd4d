"""A network over many prepared pictures, without learning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tyreloop.learning.networks.tyre_network import TyreNetwork
from tyreloop.vision.engine import Engine

Numbers = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a network said about each picture."""

    logits: Numbers
    map: Numbers
    embedding: Numbers
    kinds: Numbers
    view: Numbers
    strangeness: Numbers
    familiarity: Numbers

    @property
    def score(self) -> Numbers:
        """Above zero: rather defective."""
        return np.asarray(self.logits[:, 1] - self.logits[:, 0], np.float32)


def run_through(
    network: TyreNetwork, pictures: NDArray[np.uint8], batch: int = 64, device: str = "cpu"
) -> Seen:
    """Full precision and no augmentation: as the exported graph will see them."""
    network.eval()
    starts = range(0, len(pictures), batch)
    with torch.inference_mode():
        parts = [network(as_pictures(pictures[start : start + batch]).to(device)) for start in starts]
    names = Seen.__dataclass_fields__
    return Seen(**{name: torch.cat([getattr(part, name) for part in parts]).cpu().numpy() for name in names})


def seen_by(engine: Engine, network: TyreNetwork, pictures: NDArray[np.uint8], batch: int = 32) -> Seen:
    """The same from a graph as the service runs it; the line between tyres and others stands in the card."""
    starts = range(0, len(pictures), batch)
    parts = [engine.run(pictures[start : start + batch]) for start in starts]
    names = ("logits", "map", "embedding", "kinds", "view", "familiarity")
    said = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    with torch.inference_mode():
        strange = network.stranger(torch.from_numpy(said["embedding"]))[:, 0].numpy()
    return Seen(strangeness=strange, **said)


def as_pictures(values: NDArray[np.uint8]) -> Tensor:
    """Bytes N x H x W x 3 as N x 3 x H x W floats that still lie channel by channel in memory."""
    return torch.from_numpy(np.ascontiguousarray(values)).permute(0, 3, 1, 2).float()
