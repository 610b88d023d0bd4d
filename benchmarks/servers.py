"""How the service and each peer is set up, started, asked and stopped."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, sleep

import psutil

from benchmarks.load import Connection, form_request, request_of
from tyreloop.local.ports import any_free

ROOT = Path(__file__).parents[1]
PEERS = Path(__file__).parent / "peers"
START_SECONDS = 120


@dataclass(frozen=True)
class Server:
    """One thing to measure: its environment, its command, its request."""

    name: str
    command: Callable[[Path, int, Path], Sequence[str]]  # python, port, folder of the weights
    packages: tuple[str, ...] = ()  # of its own environment; none: this one's
    path: str = "/predict"
    request: Callable[[str, bytes], bytes] = form_request
    prepare: Callable[[Path, Path], None] | None = None
    needs_registry: bool = False


@dataclass
class Running:
    """A started server."""

    server: Server
    url: str
    process: subprocess.Popen[bytes]
    first_answer_seconds: float
    others: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def proportional_megabytes(self) -> float:
        """Of all its processes."""
        return proportional_megabytes(psutil.Process(self.process.pid))

    @property
    def cpu_seconds(self) -> float:
        """Of all its processes so far."""
        whole = psutil.Process(self.process.pid)
        times = [one.cpu_times() for one in [whole, *whole.children(recursive=True)]]
        return float(sum(time.user + time.system for time in times))


def proportional_megabytes(*servers: psutil.Process) -> float:
    """PSS of these and their children, shared pages counted once; one that has just ended holds nothing."""
    held = 0
    for process in (one for server in servers for one in (server, *server.children(recursive=True))):
        with suppress(psutil.Error):
            held += process.memory_full_info().pss
    return held / 1e6


def environment_of(server: Server, cache: Path) -> Path:
    """The Python of a server's own environment, made at its first use."""
    if not server.packages:
        return Path(sys.executable)
    folder = cache / "environments" / server.name.replace(" ", "-")
    if not (folder / "ready").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([folder / "bin" / "pip", "install", "-q", *server.packages], check=True)
        (folder / "ready").touch()
    return folder / "bin" / "python"


@contextmanager
def started(
    server: Server, weights: Path, cache: Path, photo: bytes, extra: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """The server, from its start to its first answer and on to its end."""
    python = environment_of(server, cache)
    if server.prepare:
        server.prepare(python, weights)
    port = any_free()
    environment = {**os.environ, **(extra or {}), "WEIGHTS": str(weights), "PYTHONWARNINGS": "ignore"}
    environment["PATH"] = f"{python.parent}{os.pathsep}{environment['PATH']}"
    began = perf_counter()
    process = subprocess.Popen(
        [*map(str, server.command(python, port, weights))],
        env=environment | {"FLASK_PORT": str(port)},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}{server.path}"
    try:
        _wait_for_answer(url, server.request(url, photo), process)
        yield Running(server, url, process, perf_counter() - began)
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server and whatever it started."""
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for_answer(url: str, request: bytes, process: subprocess.Popen[bytes]) -> None:
    until = perf_counter() + START_SECONDS
    while perf_counter() < until and process.poll() is None:
        try:
            with closing(Connection(url)) as connection:
                if 200 <= connection.ask(request)[0] < 300:
                    return
        except OSError:
            pass
        sleep(0.02)
    raise RuntimeError(f"{url} did not answer; ended with {process.poll()}")


def service_data(weights: Path, data: Path) -> None:
    """The service's data folder as its last run left it: with the weights as the last good model."""
    version = data / "models" / "1-1"
    version.mkdir(parents=True, exist_ok=True)
    for name in ("model.onnx", "card.json"):
        shutil.copy(weights / name, version / name)
    (data / "models" / "last_good").write_text("1-1")


def _ours(application: str) -> Callable[[Path, int, Path], Sequence[str]]:
    return lambda python, port, weights: [str(python), "-m", "inference_api", application]


def _base64_json(url: str, photo: bytes) -> bytes:
    columns = {"columns": ["photo"], "data": [[base64.b64encode(photo).decode()]]}
    return request_of(url, json.dumps({"dataframe_split": columns}).encode(), "application/json")


def _write_mlflow_model(python: Path, weights: Path) -> None:
    folder = weights / "mlflow_model"
    if not folder.exists():
        subprocess.run([python, PEERS / "mlflow_model.py", weights, folder], check=True)


ONNX = ("onnxruntime", "pillow", "numpy")
SERVICE = Server("tyreloop", _ours("inference_api.wsgi:app"))
ANSWERS_ONLY = Server("tyreloop, keeping nothing", _ours("benchmarks.wsgi_answers_only:app"))
BARE = Server("a bare function", _ours("benchmarks.wsgi_bare:app"))
PEER_SERVERS = (
    Server(
        "fastapi + onnxruntime",
        lambda python, port, _: [
            *(str(python), "-m", "uvicorn", "--app-dir", str(PEERS), "fastapi_app:app"),
            *("--port", str(port), "--workers", str(os.cpu_count()), "--log-level", "warning"),
        ],
        ("fastapi", "uvicorn", "python-multipart", *ONNX),
    ),
    Server(
        "litserve + onnxruntime",
        lambda python, port, _: [str(python), str(PEERS / "litserve_app.py"), str(port)],
        ("litserve", "python-multipart", *ONNX),
    ),
    Server(
        "bentoml + onnxruntime",
        lambda python, port, _: [
            *(str(python), "-m", "bentoml", "serve", "bentoml_app:Tyre", "--working-dir", str(PEERS)),
            *("--port", str(port)),
        ],
        ("bentoml", *ONNX),
    ),
    Server(
        "mlflow models serve",
        lambda python, port, weights: [
            *(str(python), "-m", "mlflow", "models", "serve", "-m", str(weights / "mlflow_model")),
            *("--port", str(port), "--env-manager", "local"),
        ],
        path="/invocations",
        request=_base64_json,
        prepare=_write_mlflow_model,
    ),
    Server(
        "the original's way",
        lambda python, port, _: [str(python), str(PEERS / "original_app.py"), str(port)],
        needs_registry=True,
    ),
)
