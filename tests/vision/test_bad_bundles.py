"""Packages that load cleanly or not at all: none of them may serve, and each says why."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.vision.bundles import SIDE, brightness_graph, hashes, jpeg_of, write_bundle
from tyreloop.domain.errors import BundleRefused
from tyreloop.models.child import check_in_child
from tyreloop.vision.bundle import load_bundle
from tyreloop.vision.card import GoldenPhoto, InputSpec, OutputNames

Spoil = Callable[[Path], Path]


def edit_card(folder: Path, **changes: object) -> Path:
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, **changes}))
    return folder


def without_card(folder: Path) -> Path:
    write_bundle(folder)
    (folder / "card.json").unlink()
    return folder


def without_model(folder: Path) -> Path:
    write_bundle(folder)
    (folder / "model.onnx").unlink()
    return folder


def with_another_model(folder: Path) -> Path:
    write_bundle(folder)
    (folder / "model.onnx").write_bytes(brightness_graph(gain=5.0).SerializeToString())
    return folder


def reaching_outside(folder: Path) -> Path:
    write_bundle(folder)
    (folder.parent / "outside.bin").write_bytes(b"not ours")
    return edit_card(folder, files={**hashes(folder), "../outside.bin": "0" * 64})


def with_link_outside(folder: Path) -> Path:
    write_bundle(folder)
    outside = folder.parent / "elsewhere.onnx"
    (folder / "model.onnx").rename(outside)
    (folder / "model.onnx").symlink_to(outside)
    return folder


def with_weights_elsewhere(folder: Path) -> Path:
    graph = brightness_graph()
    weights = next(tensor for tensor in graph.graph.initializer if tensor.name == "weights")
    data = numpy_helper.to_array(weights).tobytes()
    (folder.parent / "weights.bin").write_bytes(data)
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    for key, value in {"location": "../weights.bin", "offset": "0", "length": str(len(data))}.items():
        weights.external_data.add(key=key, value=value)
    return write_bundle(folder, graph)


def answering_always_the_same(folder: Path) -> Path:
    return write_bundle(folder, brightness_graph(gain=0.0), golden=())


def with_golden_photo_that_is_none(folder: Path) -> Path:
    write_bundle(folder)
    (folder / "golden" / "bright.jpg").write_bytes(b"no photo")
    return edit_card(folder, files=hashes(folder))


def endless(folder: Path) -> Path:
    """A graph that counts for a long, long time before it answers."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go_on"], ["still"]),
            helper.make_node("Add", ["sum", "step"], ["more"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("sum", TensorProto.FLOAT, []),
        ],
        [
            helper.make_tensor_value_info("still", TensorProto.BOOL, []),
            helper.make_tensor_value_info("more", TensorProto.FLOAT, []),
        ],
    )
    graph = brightness_graph()
    graph.graph.initializer.extend(
        [
            numpy_helper.from_array(np.array(2**62, np.int64), "turns"),
            numpy_helper.from_array(np.array(True), "yes"),
            numpy_helper.from_array(np.float32(0.0), "step"),
        ]
    )
    add = next(node for node in graph.graph.node if node.output[0] == "logits")
    add.input[1] = "counted"
    loop = helper.make_node("Loop", ["turns", "yes", "extra"], ["counted"], body=body)
    graph.graph.node.insert(list(graph.graph.node).index(add), loop)
    onnx.checker.check_model(graph)
    return write_bundle(folder, graph)


def giant(folder: Path) -> Path:
    """A graph that wants 400 GB while it runs."""
    graph = brightness_graph()
    graph.graph.initializer.append(numpy_helper.from_array(np.array([100_000, 1_000_000]), "vast"))
    add = next(node for node in graph.graph.node if node.output[0] == "logits")
    add.input[1] = "summed"
    nodes = [
        helper.make_node("Shape", ["as_float"], ["batch"], start=0, end=1),
        helper.make_node("Mul", ["vast", "batch"], ["vast_shape"]),
        helper.make_node("Expand", ["mean", "vast_shape"], ["expanded"]),
        helper.make_node("ReduceMax", ["expanded"], ["summed"], keepdims=0),
    ]
    for node in nodes:
        graph.graph.node.insert(list(graph.graph.node).index(add), node)
    return write_bundle(folder, graph)


def card_says(**card: object) -> Spoil:
    return lambda folder: write_bundle(folder, **card)


def graph_is(graph: onnx.ModelProto | bytes) -> Spoil:
    return lambda folder: write_bundle(folder, graph)


def card_edited(**changes: object) -> Spoil:
    return lambda folder: edit_card(write_bundle(folder), **changes)


BAD = {
    "no card": (without_card, "card.json is missing"),
    "a card that is no JSON": (
        lambda folder: write_bundle(folder) and _overwrite(folder, "card.json", b"{"),
        "card.json",
    ),
    "a card of a later format": (card_edited(format=2), "format"),
    "a card with figures that are none": (card_edited(temperature=0), "temperature"),
    "other classes": (card_says(classes=("cat", "dog"), golden=()), "not good and defective"),
    "three classes": (card_says(classes=("good", "defective", "worn"), golden=()), "not good and defective"),
    "no model": (without_model, "model.onnx is missing"),
    "another model than the card's": (with_another_model, "not the file that the card describes"),
    "a file outside": (reaching_outside, "outside the bundle"),
    "a link outside": (with_link_outside, "outside the bundle"),
    "weights outside": (with_weights_elsewhere, "cannot be opened"),
    "a model that is no graph": (graph_is(b"not a graph"), "cannot be opened"),
    "a pickle": (graph_is(b"\x80\x04cos\nsystem\n"), "cannot be opened"),
    "swapped classes": (graph_is(brightness_graph(gain=-6.0)), "golden"),
    "answers that are no numbers": (graph_is(brightness_graph(extra=float("nan"))), "not finite"),
    "endless logits": (graph_is(brightness_graph(extra=float("inf"))), "not finite"),
    "one answer for all": (answering_always_the_same, "the same whatever it sees"),
    "too many logits": (graph_is(brightness_graph(classes=3)), "shape"),
    "another input's name": (
        card_says(input=InputSpec(name="photo", height=SIDE, width=SIDE)),
        "the graph takes",
    ),
    "another input's size": (card_says(input=InputSpec(height=SIDE * 2, width=SIDE)), "does not run"),
    "another input's type": (
        card_says(input=InputSpec(height=SIDE, width=SIDE, dtype="float32")),
        "does not run",
    ),
    "an output that is not there": (card_says(outputs=OutputNames(map="heat")), "does not give"),
    "a golden photo that is none": (with_golden_photo_that_is_none, "is not a photo"),
    "a golden photo without a hash": (
        card_says(golden=(GoldenPhoto(file="golden/other.jpg", label="good"),)),
        "no hash",
    ),
}


def _overwrite(folder: Path, name: str, data: bytes) -> Path:
    (folder / name).write_bytes(data)
    return folder


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_bundle_is_refused_with_its_reason(tmp_path: Path, kind: str) -> None:
    spoil, reason = BAD[kind]
    folder = spoil(tmp_path / "bundle")

    with pytest.raises(BundleRefused, match=reason):
        load_bundle(folder, 1)


def test_the_child_passes_a_sound_bundle_and_names_the_reason_against_a_bad_one(tmp_path: Path) -> None:
    check_in_child(write_bundle(tmp_path / "sound"), 1)

    swapped = write_bundle(tmp_path / "swapped", brightness_graph(gain=-6.0))
    with pytest.raises(BundleRefused, match=r"golden/bright\.jpg is good, and the model says defective"):
        check_in_child(swapped, 1)


def test_an_endless_model_ends_with_its_child(tmp_path: Path) -> None:
    folder = endless(tmp_path / "endless")

    with pytest.raises(BundleRefused, match="ran out of time or memory"):
        check_in_child(folder, 1, wall_seconds=3)


def test_a_giant_model_ends_with_its_child(tmp_path: Path) -> None:
    with pytest.raises(BundleRefused, match=r"does not run|out of time or memory"):
        check_in_child(giant(tmp_path / "giant"), 1)


def test_a_photo_of_the_bundle_s_own_is_judged_as_it_says(bundle: Path) -> None:
    assert (bundle / "golden" / "bright.jpg").read_bytes() == jpeg_of(200)
