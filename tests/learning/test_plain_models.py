"""Versions as data scientists log them with MLflow become bundles, opened by nobody else."""

from __future__ import annotations

import json
import os
import pickle
import socket
import sys
from pathlib import Path

import onnx
import pytest
import torch
import yaml

from tests.vision.bundles import BRIGHT, jpeg_of
from tyreloop.domain.errors import BundleRefused
from tyreloop.domain.photos import Answer
from tyreloop.learning.plain_model import make_bundle
from tyreloop.vision.bundle import load_bundle
from tyreloop.vision.pipeline import judge

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),  # torch's own
]
BRIGHTNESS = """
import torch

class Brightness(torch.nn.Module):
    def forward(self, photos):
        mean = photos.mean(dim=(1, 2, 3)).unsqueeze(1) * 5
        return torch.cat([mean, -mean], 1)
"""


class Brightness(torch.nn.Module):
    """Bright is good."""

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        mean = photos.mean(dim=(1, 2, 3)).unsqueeze(1) * 5
        return torch.cat([mean, -mean], 1)


def described(folder: Path, **said: object) -> Path:
    """What `mlflow.pytorch.log_model` writes beside the model."""
    (folder / "data").mkdir(parents=True)
    spec = [{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 3, 96, 64]}}]
    description = {
        "flavors": {"pytorch": {"model_data": "data"}},
        "metadata": {"tyreloop": said} if said else None,
        "signature": {"inputs": json.dumps(spec)},
    }
    (folder / "MLmodel").write_text(yaml.safe_dump(description))
    return folder


def exported(folder: Path) -> Path:
    program = torch.export.export(Brightness().eval(), (torch.zeros(1, 3, 96, 64),))
    torch.export.save(program, described(folder) / "data/model.pt2")
    return folder


def pickled(folder: Path) -> Path:
    """A pickle names a class that lies beside it."""
    (described(folder) / "code").mkdir()
    (folder / "code" / "brightness_of.py").write_text(BRIGHTNESS)
    sys.path.append(str(folder / "code"))
    try:
        import brightness_of  # type: ignore[import-not-found]

        torch.save(brightness_of.Brightness(), folder / "data/model.pth")
    finally:
        sys.path.remove(str(folder / "code"))
        sys.modules.pop("brightness_of", None)
    return folder


def as_onnx(folder: Path) -> Path:
    weights = onnx.helper.make_tensor("weights", onnx.TensorProto.FLOAT, [1, 2], [5.0, -5.0])
    axes = onnx.helper.make_tensor("axes", onnx.TensorProto.INT64, [3], [1, 2, 3])
    nodes = [
        onnx.helper.make_node("ReduceMean", ["photos", "axes"], ["mean"], keepdims=0),
        onnx.helper.make_node("Unsqueeze", ["mean", "last"], ["column"]),
        onnx.helper.make_node("MatMul", ["column", "weights"], ["scores"]),
    ]
    last = onnx.helper.make_tensor("last", onnx.TensorProto.INT64, [1], [1])
    of = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        nodes,
        "brightness",
        [of("photos", onnx.TensorProto.FLOAT, ["n", 3, 96, 64])],
        [of("scores", onnx.TensorProto.FLOAT, ["n", 2])],
        [weights, axes, last],
    )
    made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=10)
    (described(folder) / "model.onnx").write_bytes(made.SerializeToString())
    return folder


KINDS = {"pt2": exported, "pickle": pickled, "onnx": as_onnx}


@pytest.mark.parametrize("kind", KINDS)
def test_a_plain_model_becomes_a_bundle_that_says_the_same(kind: str, tmp_path: Path) -> None:
    bundle = make_bundle(KINDS[kind](tmp_path / "plain"), tmp_path / "bundle")
    model = load_bundle(bundle, 3)
    assert sorted(one.name for one in bundle.iterdir()) == ["card.json", "model.onnx"]
    assert (model.card.input.height, model.card.input.width) == (96, 64)
    assert judge(jpeg_of(BRIGHT), model).answer is Answer.GOOD
    assert judge(jpeg_of(20), model).answer is Answer.DEFECTIVE
    assert str(tmp_path).encode() not in (bundle / "model.onnx").read_bytes()


ATTACK = """
import ctypes, os, socket, subprocess, threading
reached = []
def attempt(name, what):
    try:
        what()
        reached.append(name)
    except Exception:
        pass
parent, port, victim, secret = {parent}, {port}, {victim!r}, {secret!r}
told = [name for name in os.environ if "THREADS" not in name and name != "LC_CTYPE"]
attempt("an environment that says something", lambda: told[0])
attempt("the parent's environment", lambda: open("/proc/%d/environ" % parent).read())
attempt("a secret's file", lambda: open(secret).read())
attempt("the folder's listing", lambda: os.listdir(os.path.dirname(secret)))
attempt("a socket", lambda: socket.create_connection(("127.0.0.1", port), 1))
attempt("a datagram", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
attempt("a unix socket", lambda: socket.socket(socket.AF_UNIX))
attempt("a new file", lambda: open(victim + ".new", "w"))
attempt("a file in its own folder", lambda: open({folder!r} + "/new", "w"))
attempt("another's file", lambda: open(victim, "a"))
attempt("a truncated file", lambda: os.truncate(victim, 0))
attempt("rights of a file", lambda: os.chmod(victim, 0o777))
attempt("times of a file", lambda: os.utime(victim, (1, 1)))
attempt("a deleted file", lambda: os.unlink(victim))
attempt("a link", lambda: os.symlink("/", victim + ".link"))
attempt("a signal", lambda: os.kill(parent, 0))
attempt("a fork", os.fork)
attempt("a program", lambda: subprocess.run(["/bin/true"]))
attempt("memory of others", lambda: open("/proc/%d/mem" % parent, "rb"))
def traced():
    if ctypes.CDLL(None, use_errno=True).ptrace(16, parent, 0, 0) != 0:
        raise OSError()
attempt("another process", traced)
raise RuntimeError("reached %s" % reached)
"""


class Attack:
    def __init__(self, code: str) -> None:
        self.code = code

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, (self.code,)


def test_what_a_pickle_runs_reaches_no_secret_no_network_and_no_file(tmp_path: Path) -> None:
    victim, secret = tmp_path / "victim", tmp_path / "secrets" / "key"
    secret.parent.mkdir()
    victim.write_text("mine")
    secret.write_text("secret")
    folder = described(tmp_path / "plain")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        said = {"parent": os.getpid(), "port": listening.getsockname()[1], "folder": str(folder)}
        code = ATTACK.format(**said, victim=str(victim), secret=str(secret))
        (folder / "data/model.pth").write_bytes(pickle.dumps(Attack(code)))
        with pytest.raises(BundleRefused, match=r"cannot be turned into a graph: reached \[\]$"):
            make_bundle(folder, tmp_path / "bundle")
    assert victim.read_text() == "mine"
    assert sorted(one.name for one in folder.iterdir()) == ["MLmodel", "data"]


@pytest.mark.parametrize(
    ("code", "wall_seconds", "reason"),
    [
        ("while True: pass", 6, "ran out of time or memory"),
        ("import os\nwhile True: os.write(2, b'x' * 65536)", 6, "ran out of time or memory"),
        ("held = [bytes(1 << 30) for _ in range(100)]", 120, "cannot be turned|time or memory"),
        ("import os\nos._exit(0)", 120, "has 0 bytes"),
    ],
    ids=["time", "words", "memory", "lies"],
)
def test_what_a_pickle_takes_is_bounded(code: str, wall_seconds: float, reason: str, tmp_path: Path) -> None:
    folder = described(tmp_path / "plain")
    (folder / "data/model.pth").write_bytes(pickle.dumps(Attack(code)))
    with pytest.raises(BundleRefused, match=reason):
        make_bundle(folder, tmp_path / "bundle", wall_seconds=wall_seconds)


@pytest.mark.parametrize(
    ("said", "reason"),
    [({"classes": ["cat", "dog"]}, "not good and defective"), ({"temperature": -1}, "greater than 0")],
)
def test_what_the_metadata_says_is_checked(tmp_path: Path, said: dict[str, object], reason: str) -> None:
    folder = described(tmp_path / "odd", **said)
    graph = as_onnx(tmp_path / "plain") / "model.onnx"
    graph.rename(folder / "model.onnx")
    with pytest.raises(BundleRefused, match=reason):
        make_bundle(folder, tmp_path / "bundle")


def test_a_description_of_aliases_without_end_is_refused(tmp_path: Path) -> None:
    folder = described(tmp_path / "bomb")
    layers = "\n".join(f"  l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12))
    (folder / "MLmodel").write_text(
        f"metadata:\n  l0: &l0 [x]\n{layers}\n  tyreloop: {{recipe: {{a: *l11}}}}\n"
    )
    with pytest.raises(BundleRefused, match="has aliases"):
        make_bundle(folder, tmp_path / "bundle")


def test_a_description_without_a_model_and_a_model_that_is_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleRefused, match="neither a bundle nor a PyTorch or ONNX model"):
        make_bundle(described(tmp_path / "empty"), tmp_path / "one")
    folder = described(tmp_path / "broken")
    (folder / "data/model.pt2").write_bytes(b"not a model")
    with pytest.raises(BundleRefused, match="cannot be turned into a graph"):
        make_bundle(folder, tmp_path / "two")
    (tmp_path / "nothing").mkdir()
    with pytest.raises(BundleRefused, match="neither a bundle nor a model as MLflow logs it"):
        make_bundle(tmp_path / "nothing", tmp_path / "three")


def test_weights_in_another_file_are_refused(tmp_path: Path) -> None:
    folder = as_onnx(tmp_path / "plain")
    model = onnx.load(str(folder / "model.onnx"))
    one = onnx.helper.make_tensor("more", onnx.TensorProto.FLOAT, [1], [1.0])
    one.data_location = onnx.TensorProto.EXTERNAL
    one.external_data.add(key="location", value="/etc/passwd")
    model.graph.initializer.append(one)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(BundleRefused, match="weights in another file"):
        make_bundle(folder, tmp_path / "bundle")
