"""Graphs as they travel: without what the exporter noted about this machine."""

from __future__ import annotations

import onnx


def forget_where_it_was_made(model: onnx.ModelProto) -> onnx.ModelProto:
    """The exporter notes the lines of code, with the folders of this machine, beside every node."""
    parts = (model, model.graph, *model.graph.node, *model.graph.input, *model.graph.output)
    for part in (*parts, *model.graph.value_info, *model.graph.initializer):
        del part.metadata_props[:]
        part.doc_string = ""
    return model
