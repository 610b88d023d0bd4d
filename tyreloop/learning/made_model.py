"""What a finished training leaves in hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tyreloop.learning.datasets.prepared import Prepared
from tyreloop.learning.training.run_through import Seen
from tyreloop.vision.card import Card


@dataclass(frozen=True, slots=True)
class MadeModel:
    """A finished training."""

    card: Card
    folder: Path
    curves: list[dict[str, float]]
    held_out: Prepared
    seen: Seen
    seconds: float
