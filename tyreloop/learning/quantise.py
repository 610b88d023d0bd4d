"""A graph in bytes: 8-bit weights for each channel and 8-bit values in between, calibrated on lessons.

The lines behind the embedding stay in floats: they are small, and thresholds are set on their answers.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

BATCH = 8


class _Lessons(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, name: str, pictures: NDArray[np.uint8]) -> None:
        starts = range(0, len(pictures), BATCH)
        self._feeds: Iterator[dict[str, Any]] = iter({name: pictures[one : one + BATCH]} for one in starts)

    def get_next(self) -> dict[str, Any] | None:
        return next(self._feeds, None)


def quantise(graph: Path, target: Path, pictures: NDArray[np.uint8], *, name: str) -> None:
    """Write the same graph in bytes; `pictures` show what values to expect, `name` is the graph's input."""
    logging.getLogger().setLevel(logging.ERROR)  # the tool gives advice on every run
    with TemporaryDirectory(prefix="tyreloop-bytes-") as scratch:
        ready = Path(scratch) / "ready.onnx"
        quant_pre_process(str(graph), str(ready), skip_symbolic_shape=True)
        quantize_static(
            str(ready),
            str(target),
            _Lessons(name, pictures),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Add", "Clip"],
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
    model = onnx.load(str(target))
    del model.metadata_props[:]
    _feed_bytes(model.graph, name)
    onnx.save(model, str(target))


def _feed_bytes(graph: onnx.GraphProto, name: str) -> None:
    """The input's own bytes are the first layer's values: floats in between would cost a quarter more."""
    found, chain = name, []
    for kind in ("Transpose", "Cast", "Sub", "Div", "QuantizeLinear", "DequantizeLinear"):
        users = [one for one in graph.node if one.op_type == kind and found in one.input]
        if not users:
            return
        chain.append(users[0])
        found = users[0].output[0]
    turned, *between, first = chain
    values = {entry.name: numpy_helper.to_array(entry) for entry in graph.initializer}
    middle, half = (float(np.ravel(values[node.input[1]])[0]) for node in between[1:3])
    scale = numpy_helper.from_array(np.array(1 / half, np.float32), "pictures_scale")
    zero = numpy_helper.from_array(np.array(round(middle), np.uint8), "pictures_zero_point")
    graph.initializer.extend([scale, zero])
    first.input[:] = [turned.output[0], scale.name, zero.name]
    for node in between:
        graph.node.remove(node)
