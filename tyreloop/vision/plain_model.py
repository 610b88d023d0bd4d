"""A version that is no bundle: a model as `mlflow.pytorch` logs it, exported (`pt2`) or pickled.

What a card would say stands under `tyreloop` in the metadata the model was logged with; without it we assume
what most training scripts do: ImageNet's mean and spread, the whole photo pressed into the input.
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from tyreloop.domain.errors import BundleRefused
from tyreloop.vision.card import Card
from tyreloop.vision.decode import Pixels
from tyreloop.vision.engine import Engine, RawAnswer, as_input

DESCRIPTION = "MLmodel"
EXPORTED = Path("data/model.pt2")
PICKLED = Path("data/model.pth")
IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
USUAL_SIDE = 224


def is_plain_model(folder: Path) -> bool:
    return (folder / DESCRIPTION).is_file()


def read_plain_card(folder: Path) -> Card:
    """A card made of what the model was logged with."""
    try:
        described = yaml.safe_load((folder / DESCRIPTION).read_text(encoding="utf-8"))
        said = dict((described.get("metadata") or {}).get("tyreloop") or {})
        height, width = _input_size(described.get("signature") or {})
        spec = {
            "layout": "NCHW",
            "dtype": "float32",
            "fit": "squash",
            **IMAGENET,
            "height": height,
            "width": width,
        }
        said["input"] = {**spec, **said.get("input", {})}
        outputs = {"map": None, "embedding": None}
        return Card.model_validate_json(json.dumps({"files": {}, "outputs": outputs, **said}))
    except (OSError, ValueError, AttributeError, TypeError, yaml.YAMLError) as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise BundleRefused(f"{DESCRIPTION} does not describe a model of ours: {reason[:200]}") from error


def open_plain_engine(folder: Path, card: Card, *, allow_pickled: bool) -> Engine:
    """What runs the model: torch, imported only now; both of its formats are unpickled to be read."""
    exported, pickled = folder / EXPORTED, folder / PICKLED
    if not exported.is_file() and not pickled.is_file():
        raise BundleRefused("the version holds neither a bundle nor a PyTorch model")
    if not allow_pickled:
        raise BundleRefused(
            "the version is a pickled PyTorch model, which runs whatever it holds when it is opened; "
            "log it as a bundle, or set ALLOW_PICKLED_MODELS=true"
        )
    if exported.is_file():
        return TorchEngine(_torch().export.load(str(exported)).module(), card)
    return TorchEngine(_torch().load(pickled, map_location="cpu", weights_only=False).eval(), card)


class TorchEngine:
    """A PyTorch model, one thread a call."""

    def __init__(self, module: Any, card: Card) -> None:
        self._module = module
        self._spec = card.input
        self._torch = _torch()
        self._torch.set_num_threads(1)

    def run(self, batch: Pixels, *, alone: bool = False) -> RawAnswer:
        with self._torch.inference_mode():
            logits = self._module(self._torch.from_numpy(as_input(batch, self._spec)))
        return RawAnswer(logits=logits.float().numpy())


def _torch() -> Any:
    try:
        return import_module("torch")
    except ImportError as error:
        raise BundleRefused("the version is a PyTorch model, and torch is not installed here") from error


def _input_size(signature: dict[str, Any]) -> tuple[int, int]:
    """Height and width from the signature's tensor (n, 3, height, width), if it has one."""
    for entry in json.loads(signature.get("inputs") or "[]"):
        shape = entry.get("tensor-spec", {}).get("shape", [])
        if len(shape) == 4 and shape[1] == 3 and min(shape[2:]) > 0:
            return shape[2], shape[3]
    return USUAL_SIDE, USUAL_SIDE
