"""A version that is no bundle, as `mlflow.pytorch` or `mlflow.onnx` logs it, becomes one.

What a card would say stands under `tyreloop` in the metadata the model was logged with; without it we assume
what most training scripts do: ImageNet's mean and spread, the whole photo pressed into the input. Its file is
opened in a child that is shut in, for a PyTorch model is unpickled to be read and runs what it holds.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from pydantic import ValidationError

from tyreloop.domain.errors import BundleRefused
from tyreloop.domain.models import Registry
from tyreloop.learning.training_packages import bring_training_packages
from tyreloop.models.bundles import REFUSED_TAG, hash_tags, is_bundle
from tyreloop.models.child import check_in_child, run_shut_in
from tyreloop.vision.card import MAX_BUNDLE_BYTES, MODEL_FILE, Card, write_card

DESCRIPTION = "MLmodel"
IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
USUAL_SIDE = 224
WALL_SECONDS = 300.0
LIMITED = "turning the model into a bundle ran out of time or memory"


def convert_version(
    version: int, registry: Registry, *, even_unconfined: bool, tell: Callable[[str], None]
) -> None:
    """Once: a plain model's bundle becomes the version's files, or the registry notes why there is none.

    What is a bundle already gets its files' hashes written down, as if it had been registered by us.
    """
    with TemporaryDirectory(prefix="tyreloop-") as scratch:
        plain = Path(scratch) / "plain"
        plain.mkdir()
        try:
            registry.download(version, plain)
            if is_bundle(plain):
                registry.tag(version, hash_tags(plain))
                return
            bundle = make_bundle(plain, Path(scratch) / "bundle", even_unconfined=even_unconfined, tell=tell)
        except BundleRefused as error:
            registry.tag(version, {REFUSED_TAG: str(error)})
            raise
        registry.add_bundle(version, bundle, tags=hash_tags(bundle))


def make_bundle(
    plain: Path,
    folder: Path,
    *,
    even_unconfined: bool = False,
    wall_seconds: float = WALL_SECONDS,
    tell: Callable[[str], None] = lambda _: None,
) -> Path:
    """Turn the plain model in one folder into a bundle in another; BundleRefused says why not."""
    if is_bundle(plain):
        raise BundleRefused("the version is a bundle already")
    card = read_plain_card(plain)
    bring_training_packages(tell)
    folder.mkdir(parents=True)
    with (folder / MODEL_FILE).open("wb") as graph:
        run_shut_in(
            [
                "tyreloop.learning.plain_to_onnx",
                str(plain),
                card.input.model_dump_json(),
                str(int(even_unconfined)),
            ],
            wall_seconds=wall_seconds,
            limited=LIMITED,
            told={"TORCHINDUCTOR_CACHE_DIR": str(plain)},  # it asks for one, and writes nothing
            output=graph,
        )
    size = (folder / MODEL_FILE).stat().st_size
    if not 0 < size <= MAX_BUNDLE_BYTES:
        raise BundleRefused(f"the graph that came of it has {size:,} bytes")
    digest = sha256((folder / MODEL_FILE).read_bytes()).hexdigest()
    write_card(card.model_copy(update={"files": {MODEL_FILE: digest}}), folder)
    check_in_child(folder, 0)
    return folder


def read_plain_card(folder: Path) -> Card:
    """A card made of what the model was logged with."""
    if not (folder / DESCRIPTION).is_file():
        raise BundleRefused("the version holds neither a bundle nor a model as MLflow logs it")
    try:
        described = yaml.load((folder / DESCRIPTION).read_text(encoding="utf-8"), Loader=_NoAliases)  # noqa: S506
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
        return Card.model_validate_json(json.dumps({**said, "files": {}, "golden": [], "outputs": outputs}))
    except (OSError, ValueError, AttributeError, TypeError, yaml.YAMLError) as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise BundleRefused(f"{DESCRIPTION} does not describe a model of ours: {reason[:200]}") from error


class _NoAliases(yaml.SafeLoader):
    """A few lines of aliases of aliases would be gigabytes once they are written out."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("it has aliases")
        return super().compose_node(parent, index)


def _input_size(signature: dict[str, Any]) -> tuple[int, int]:
    """Height and width from the signature's tensor (n, 3, height, width), if it has one."""
    for entry in json.loads(signature.get("inputs") or "[]"):
        shape = entry.get("tensor-spec", {}).get("shape", [])
        if len(shape) == 4 and shape[1] == 3 and min(shape[2:]) > 0:
            return shape[2], shape[3]
    return USUAL_SIDE, USUAL_SIDE
