"""What runs a model: prepared pixels in, logits and (where the graph has them) a map and an embedding out."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tyreloop.domain.errors import BundleRefused
from tyreloop.settings import tell_nobody
from tyreloop.vision.card import InputSpec, OutputNames
from tyreloop.vision.decode import Pixels

THREADS_ALONE = 2
MOST_BYTES_TWICE = 50_000_000
AS_REQUESTED = 1  # instead of doubling with each step
FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What a graph gives back for a batch, first axis the photos."""

    logits: FloatArray
    map: FloatArray | None = None
    embedding: FloatArray | None = None
    kinds: FloatArray | None = None
    view: FloatArray | None = None
    familiarity: FloatArray | None = None


class Engine(Protocol):
    """Runs prepared photos; safe to call from several threads at once."""

    def run(self, batch: Pixels, *, alone: bool = False) -> RawAnswer:
        """What the graph says; `alone` when nothing else is being judged, so that a second core may help."""


class OnnxEngine:
    """onnxruntime with one thread a call: two requests side by side beat one on two cores.

    Where it serves, a request that is alone has a second session with a thread more, and is answered a third
    sooner; where the weights are heavy, one copy of them must do.
    """

    def __init__(self, graph: Path, spec: InputSpec, outputs: OutputNames, *, serves: bool = False) -> None:
        self._spec = spec
        self._outputs = outputs
        self._session = _session(graph, threads=1)
        may_help = serves and (os.cpu_count() or 1) > 1 and graph.stat().st_size <= MOST_BYTES_TWICE
        self._helped = _session(graph, threads=THREADS_ALONE) if may_help else self._session
        self._names = outputs.all()
        _require_names(self._session, spec, self._names)

    def run(self, batch: Pixels, *, alone: bool = False) -> RawAnswer:
        session = self._helped if alone else self._session
        found = dict(zip(self._names, session.run(self._names, self._feed(batch)), strict=True))
        return RawAnswer(
            logits=found[self._outputs.logits],
            map=found.get(self._outputs.map or ""),
            embedding=found.get(self._outputs.embedding or ""),
            kinds=found.get(self._outputs.kinds or ""),
            view=found.get(self._outputs.view or ""),
            familiarity=found.get(self._outputs.familiarity or ""),
        )

    def _feed(self, batch: Pixels) -> dict[str, Any]:
        return {self._spec.name: as_input(batch, self._spec)}


def as_input(batch: Pixels, spec: InputSpec) -> NDArray[Any]:
    """The batch in the layout and the type that the card describes."""
    values: NDArray[Any] = batch
    if spec.dtype == "float32":
        mean, std = np.array(spec.mean, np.float32), np.array(spec.std, np.float32)
        values = (batch.astype(np.float32) / 255 - mean) / std
    if spec.layout == "NCHW":
        values = np.ascontiguousarray(np.moveaxis(values, 3, 1))
    return values


@cache
def _runtime() -> Any:
    """onnxruntime, which tells its maker of every session unless it is told not to before it is loaded."""
    tell_nobody()
    return import_module("onnxruntime")


@cache
def _share_memory() -> None:
    """One store of free memory for all sessions, which grows by what is asked for and no more."""
    ort = _runtime()
    where = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
    ort.create_and_register_allocator(where, ort.OrtArenaCfg({"arena_extend_strategy": AS_REQUESTED}))


def _session(graph: Path, *, threads: int) -> Any:
    _share_memory()
    ort = _runtime()
    options = ort.SessionOptions()
    options.add_session_config_entry("session.use_env_allocators", "1")
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # the other core has work to do
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.enable_mem_pattern = False  # no faster here, and 6 MB more for each photo judged at once
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises many unrelated types for a bad graph
        raise BundleRefused(f"{graph.name} cannot be opened: {_first_line(error)}") from error


def _require_names(session: Any, spec: InputSpec, names: list[str]) -> None:
    inputs = [entry.name for entry in session.get_inputs()]
    if inputs != [spec.name]:
        raise BundleRefused(f"the graph takes {inputs}, the card says [{spec.name!r}]")
    missing = set(names) - {entry.name for entry in session.get_outputs()}
    if missing:
        raise BundleRefused(f"the graph does not give {sorted(missing)}")


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
