"""The child that opens a plain model: shut in, it writes the model's graph to standard output and ends."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import onnx

from tyreloop.domain.errors import BundleRefused
from tyreloop.learning.graphs import forget_where_it_was_made
from tyreloop.models.child import refuse
from tyreloop.models.confinement import CannotConfine, confine, interpreter_files, limit
from tyreloop.vision.card import MAX_BUNDLE_BYTES, InputSpec, OutputNames

CPU_SECONDS = 240
ADDRESS_SPACE_BYTES = 12 * 1024**3  # torch maps far more than it uses
EXPORTED, PICKLED, GRAPH = Path("data/model.pt2"), Path("data/model.pth"), Path("model.onnx")
LOGITS = OutputNames().logits
ALONE = "or set ALLOW_PICKLED_MODELS=true if you trust whoever made it"


def graph_of(folder: Path, spec: InputSpec) -> onnx.ModelProto:
    """The model in a folder as a graph that takes what the card says and gives logits."""
    if (folder / EXPORTED).is_file() or (folder / PICKLED).is_file():
        return _exported(folder, spec)
    if (folder / GRAPH).is_file():
        return _renamed(onnx.load(str(folder / GRAPH), load_external_data=False), spec)
    raise BundleRefused("the version holds neither a bundle nor a PyTorch or ONNX model")


def _exported(folder: Path, spec: InputSpec) -> onnx.ModelProto:
    """One photo at a time: that is how the service asks, and what every model can do."""
    import torch  # noqa: PLC0415 - seconds, and it starts threads: behind the walls

    module: Any
    if (folder / EXPORTED).is_file():
        module = torch.export.load(str(folder / EXPORTED)).module()
    else:
        sys.path.append(str(folder / "code"))  # where MLflow puts the classes that a pickle names
        module = torch.load(folder / PICKLED, map_location="cpu", weights_only=False).eval()
    example = torch.zeros(1, 3, spec.height, spec.width)
    program = torch.onnx.export(
        module,
        (example,),
        input_names=[spec.name],
        output_names=[LOGITS],
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    assert program is not None  # noqa: S101 - without a path and with dynamo it answers the program
    return program.model_proto


def _renamed(model: onnx.ModelProto, spec: InputSpec) -> onnx.ModelProto:
    """First input and first output get the card's names; weights outside of the file are none of ours."""
    graph = model.graph
    if any(one.data_location == onnx.TensorProto.EXTERNAL for one in graph.initializer):
        raise BundleRefused("the graph keeps its weights in another file")
    known = {one.name for one in graph.initializer}
    inputs = [one for one in graph.input if one.name not in known]
    if len(inputs) != 1 or not graph.output:
        raise BundleRefused(f"the graph takes {len(inputs)} inputs and gives {len(graph.output)} outputs")
    names = {inputs[0].name: spec.name, graph.output[0].name: LOGITS}
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    for value in (*graph.input, *graph.output):
        value.name = names.get(value.name, value.name)
    return model


def _main(folder: Path, spec: InputSpec, *, even_unconfined: bool) -> None:
    answer = os.dup(1)
    os.dup2(2, 1)  # what libraries print is not the graph
    limit(cpu_seconds=CPU_SECONDS, memory_bytes=ADDRESS_SPACE_BYTES, file_bytes=MAX_BUNDLE_BYTES)
    try:
        confine([*interpreter_files(), folder])
    except CannotConfine as error:
        if not even_unconfined:
            refuse(f"{error} Register the model as a bundle, {ALONE}.")
    tempfile.tempdir = str(folder)  # torch asks where it may write, and then does not: there is nowhere
    warnings.simplefilter("ignore")  # the exporter warns about its own internals
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    try:
        graph = forget_where_it_was_made(graph_of(folder, spec)).SerializeToString()
    except BundleRefused as error:
        refuse(str(error))
    except Exception as error:  # noqa: BLE001 - torch raises many unrelated types for a file that is none of its own
        refuse(f"the model cannot be turned into a graph: {str(error).strip()[:300]}")
    with os.fdopen(answer, "wb") as sink:
        sink.write(graph)


if __name__ == "__main__":
    _main(Path(sys.argv[1]), InputSpec.model_validate_json(sys.argv[2]), even_unconfined=sys.argv[3] == "1")
