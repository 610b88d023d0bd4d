"""A bundle that is wrong in any way is refused, and the refusal names what is wrong."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from tyreloop.domain.errors import BundleRefused
from tyreloop.models.bundles import hash_tags, require_recorded
from tyreloop.models.opening import open_folder


def rewrite_card(bundle: Path, **changes: Any) -> None:
    path = bundle / "card.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def rewrite_weights(bundle: Path, change: Any) -> None:
    """Change the weights and give the file its new hash, as somebody would who means it."""
    graph = onnx.load(str(bundle / "model.onnx"))
    for tensor in graph.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if np.issubdtype(values.dtype, np.floating):
            tensor.CopyFrom(numpy_helper.from_array(change(tensor.name, values.copy()), tensor.name))
    onnx.save(graph, str(bundle / "model.onnx"))
    files = json.loads((bundle / "card.json").read_text())["files"]
    digest = sha256((bundle / "model.onnx").read_bytes()).hexdigest()
    rewrite_card(bundle, files={**files, "model.onnx": digest})


def test_a_whole_bundle_is_taken(own_bundle: Path) -> None:
    open_folder(own_bundle)


def test_swapped_classes_are_refused(own_bundle: Path) -> None:
    rewrite_card(own_bundle, classes=["defective", "good"])
    with pytest.raises(BundleRefused, match="and the model says"):
        open_folder(own_bundle)


def test_numbers_that_are_none_are_refused(own_bundle: Path) -> None:
    rewrite_weights(own_bundle, lambda _, values: values * np.float32("nan"))
    with pytest.raises(BundleRefused, match="not finite"):
        open_folder(own_bundle)


def is_answer(name: str) -> bool:
    """The last weights on the way to the logits."""
    return any(part in name for part in ("evidence", "condition", "offset"))


def test_a_constant_answer_is_refused(own_bundle: Path) -> None:
    rewrite_weights(own_bundle, lambda name, values: values * 0 if is_answer(name) else values)
    with pytest.raises(BundleRefused, match="the same whatever it sees"):
        open_folder(own_bundle)


def test_one_flipped_bit_is_refused(own_bundle: Path) -> None:
    data = bytearray((own_bundle / "model.onnx").read_bytes())
    data[len(data) // 2] ^= 1
    (own_bundle / "model.onnx").write_bytes(data)
    with pytest.raises(BundleRefused, match=r"model\.onnx is not the file that the card describes"):
        open_folder(own_bundle)


def test_an_extra_file_is_refused_by_its_name(own_bundle: Path) -> None:
    (own_bundle / "golden" / "loader.py").write_text("print('hello')")
    with pytest.raises(BundleRefused, match=r"golden/loader\.py"):
        open_folder(own_bundle)


def test_a_bundle_that_fits_its_card_but_not_the_registry_is_refused(own_bundle: Path) -> None:
    recorded = hash_tags(own_bundle)
    require_recorded(own_bundle, recorded)
    rewrite_card(own_bundle, sure_above=0.0)
    with pytest.raises(BundleRefused, match=r"card\.json is not the file that was registered"):
        require_recorded(own_bundle, recorded)


def test_a_file_that_came_after_the_registration_is_refused(own_bundle: Path) -> None:
    recorded = hash_tags(own_bundle)
    (own_bundle / "late.bin").write_bytes(b"x")
    with pytest.raises(BundleRefused, match=r"late\.bin was not there"):
        require_recorded(own_bundle, recorded)
