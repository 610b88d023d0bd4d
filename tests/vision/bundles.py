"""Tiny bundles for tests: a graph that calls bright photos good and dark ones defective."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from tyreloop.vision.card import (
    MODEL_FILE,
    Card,
    GoldenPhoto,
    InputSpec,
    KindLine,
    LinearTyreCheck,
    OutputNames,
    write_card,
)

SIDE = 64
BRIGHT, DARK = 200, 50


def jpeg_of(grey: int, size: tuple[int, int] = (320, 240)) -> bytes:
    """A photo of one grey with a little grain, so that it is sharp."""
    grain = np.random.default_rng(grey).integers(-20, 21, (size[1], size[0], 1))
    pixels = np.clip(grey + np.repeat(grain, 3, axis=2), 0, 255).astype(np.uint8)
    kept = BytesIO()
    Image.fromarray(pixels).save(kept, "JPEG", quality=90)
    return kept.getvalue()


def brightness_graph(
    *, gain: float = 6.0, classes: int = 2, extra: float = 0.0, kinds: bool = False
) -> onnx.ModelProto:
    """uint8 NHWC in; logits from the mean brightness, darkness as the map, mean colours as the embedding.

    With kinds, whatever is dark has a crack, and what is very dark a bulge too.
    """
    weights = np.zeros((1, classes), np.float32)
    weights[0, :2] = (gain, -gain)
    constants = {
        "scale": np.float32(255.0),
        "middle": np.float32(0.5),
        "weights": weights,
        "extra": np.float32(extra),
        "kind_weights": np.array([[-10.0, -4.0]], np.float32),
        "axes_all": np.array([2, 3], np.int64),
        "axes_channels": np.array([1], np.int64),
        "one": np.float32(1.0),
    }
    nodes = [
        helper.make_node("Cast", ["input"], ["as_float"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["as_float", "scale"], ["shares"]),
        helper.make_node("Transpose", ["shares"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("ReduceMean", ["planes", "axes_all"], ["embedding"], keepdims=0),
        helper.make_node("ReduceMean", ["embedding", "axes_channels"], ["mean"], keepdims=1),
        helper.make_node("Sub", ["mean", "middle"], ["centred"]),
        helper.make_node("MatMul", ["centred", "weights"], ["plain_logits"]),
        helper.make_node("Add", ["plain_logits", "extra"], ["logits"]),
        helper.make_node("AveragePool", ["planes"], ["cells"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("ReduceMean", ["cells", "axes_channels"], ["brightness"], keepdims=1),
        helper.make_node("Sub", ["one", "brightness"], ["map"]),
    ]
    by_kind = [helper.make_tensor_value_info("kind_scores", TensorProto.FLOAT, ["n", 2])] if kinds else []
    if kinds:
        nodes.append(helper.make_node("MatMul", ["centred", "kind_weights"], ["kind_scores"]))
    graph = helper.make_graph(
        nodes,
        "brightness",
        [helper.make_tensor_value_info("input", TensorProto.UINT8, ["n", SIDE, SIDE, 3])],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", classes]),
            helper.make_tensor_value_info("map", TensorProto.FLOAT, ["n", 1, 8, 8]),
            helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", 3]),
            *by_kind,
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def write_bundle(folder: Path, graph: onnx.ModelProto | bytes | None = None, **card: Any) -> Path:
    """A whole bundle; `card` replaces fields of its card."""
    (folder / "golden").mkdir(parents=True)
    graph = graph if graph is not None else brightness_graph()
    (folder / MODEL_FILE).write_bytes(graph if isinstance(graph, bytes) else graph.SerializeToString())
    (folder / "golden" / "bright.jpg").write_bytes(jpeg_of(BRIGHT))
    (folder / "golden" / "dark.jpg").write_bytes(jpeg_of(DARK))
    golden = (
        GoldenPhoto(file="golden/bright.jpg", label="good"),
        GoldenPhoto(file="golden/dark.jpg", label="defective"),
    )
    fields: dict[str, Any] = {
        "input": InputSpec(height=SIDE, width=SIDE, fit="squash"),
        "sure_above": 0.7,
        "tyre_check": LinearTyreCheck(weights=(1.0, 0.0, -1.0), bias=0.0, limit=0.5),
        "golden": golden,
        "files": hashes(folder),
    }
    write_card(Card(**{**fields, **card}), folder)
    return folder


def write_bundle_with_kinds(folder: Path, **card: Any) -> Path:
    """Cracks and bulges may speak; of a bulge it is sure in very dark photos only."""
    lines = KindLine(name="crack", above=0.5, speaks=True), KindLine(name="bulge", above=2.0, speaks=True)
    said: dict[str, Any] = {"outputs": OutputNames(kinds="kind_scores"), "kinds": lines}
    return write_bundle(folder, brightness_graph(kinds=True), **{**said, **card})


def hashes(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file but the card."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "card.json"]
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}
