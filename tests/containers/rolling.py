"""Replicas behind the edge, under load: one is killed, a version comes and goes, a sick one never answers."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPSConnection
from io import BytesIO
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic, sleep

from PIL import Image

from tests.containers.checks import require
from tests.containers.engine import Stack, run
from tests.containers.report import Report
from tyreloop.local.ports import any_free

REPLICAS = 3
SICK = 'FROM tyreloop/flask-app:{version}\nCMD ["sleep", "600"]\n'


class Crowd:
    """Visitors on the internet's side of the edge, each photo on a connection of its own."""

    def __init__(self, port: int) -> None:
        self.failed, self.answered = list[str](), 0
        self._port, self._lock = port, Lock()
        self._context = ssl.create_default_context()
        self._context.check_hostname, self._context.verify_mode = False, ssl.CERT_NONE  # the edge's own
        photo = BytesIO()
        Image.effect_noise((640, 640), 60).convert("RGB").save(photo, "JPEG")
        self._photo = photo.getvalue()

    def ask(self, method: str, path: str, body: bytes | None = None, visitor: str = "walker-0001") -> int:
        line = HTTPSConnection("localhost", self._port, timeout=60, context=self._context)
        try:
            line.request(method, path, body, {"X-Visitor": visitor, "Content-Type": "image/jpeg"})
            return line.getresponse().status
        finally:
            line.close()

    @contextmanager
    def coming(self) -> Iterator[None]:
        enough = Event()

        def come(lane: int) -> None:
            number = 0
            while not enough.is_set():
                number += 1
                for method, path, body in (("POST", "/v1/predictions", self._photo), ("GET", "/", None)):
                    self._count(method, path, body, f"walker-{lane}-{number:05}")

        lanes = [Thread(target=come, args=(lane,)) for lane in range(2)]
        for lane in lanes:
            lane.start()
        try:
            yield
        finally:
            enough.set()
            for lane in lanes:
                lane.join()

    def _count(self, method: str, path: str, body: bytes | None, visitor: str) -> None:
        try:
            status = self.ask(method, path, body, visitor)
        except (OSError, HTTPException) as error:
            status = 0
            self.failed.append(f"{method} {path}: {error!r}")
        with self._lock:
            self.answered += 1
            if status >= 500:
                self.failed.append(f"{method} {path}: {status}")

    def wait_for_more(self, requests: int = 10) -> None:
        until, patience = self.answered + requests, monotonic() + 120
        while self.answered < until and monotonic() < patience:
            sleep(0.2)
        require(not self.failed, f"{len(self.failed)} requests failed, the first: {self.failed[:3]}")
        require(self.answered >= until, "nobody is answered")


def roll(folder: Path, report: Report, version: str) -> None:
    """On a stack of its own, which knows neither Grafana nor the worker."""
    stack = Stack(folder, profile="edge", project="tyreloop-rolling")
    stack.ports = {"GRAFANA": any_free(), "EDGE_HTTP": any_free(), "EDGE_HTTPS": any_free()}
    stack.prepare(version)
    through_the_edge = {
        "FLASK_PORT": "",
        "STREAMLIT_PORT": "",
        "PUBLIC_HOST": "localhost",
        "EDGE_PUBLISH_ADDRESS": "127.0.0.1",
        "API_URL_IN_CONTAINERS": "http://nginx:8081",
        "PROXY_TRUSTED": "nginx",
    }
    kept = [
        line
        for line in stack.env_file.read_text().splitlines()
        if line.partition("=")[0] not in through_the_edge
    ]
    kept += [f"{name}={value}" for name, value in through_the_edge.items()]
    stack.env_file.write_text("\n".join(kept) + "\n")
    try:
        _walk(stack, report, version)
    finally:
        stack.compose("down", "--volumes", check=False)


def _walk(stack: Stack, report: Report, version: str) -> None:
    crowd = Crowd(stack.ports["EDGE_HTTPS"])
    with report.step(f"the edge, with {REPLICAS} replicas"):
        services = [name for name in stack.services() if name != "certbot"]  # nobody gives certificates here
        stack.compose("up", "--detach", "--no-build", "--scale", f"flask-app={REPLICAS}")
        stack.wait_until_well(services)
        until = monotonic() + 60
        while crowd.ask("GET", "/readyz") != 200 and monotonic() < until:
            sleep(1)
    with crowd.coming():
        with report.step("a replica is killed"):
            crowd.wait_for_more()
            run("docker", "kill", _replicas(stack)[0])
            crowd.wait_for_more()
        for name in (f"{version}-green", version):
            with report.step(f"blue/green to {name}"):
                for image in ("flask-app", "streamlit-app", "crontab", "mlflow"):
                    run("docker", "tag", f"tyreloop/{image}:{version}", f"tyreloop/{image}:{name}")
                began = monotonic()
                _release(stack, name, FLASK_REPLICAS="2")
                report.figure(f"release of {name}", f"{monotonic() - began:.0f} s")
                crowd.wait_for_more()
        with report.step("a sick version is not let in"):
            for image in ("streamlit-app", "crontab", "mlflow"):
                run("docker", "tag", f"tyreloop/{image}:{version}", f"tyreloop/{image}:{version}-sick")
            run(
                "docker",
                "build",
                "-t",
                f"tyreloop/flask-app:{version}-sick",
                "-",
                input=SICK.format(version=version),
            )
            said = _release(stack, f"{version}-sick", check=False, WAIT_SECONDS="30")
            require("is not well" in said, f"it said: {said}")
            crowd.wait_for_more()
            require(len(_replicas(stack)) == 2, "something of the sick version is left")
    report.figure("requests while all that happened", f"{crowd.answered}, {len(crowd.failed)} failed")


def _replicas(stack: Stack) -> list[str]:
    return stack.compose("ps", "-q", "flask-app").split()


def _release(stack: Stack, version: str, *, check: bool = True, **changes: str) -> str:
    settings = dict(
        line.split("=", 1)
        for line in stack.env_file.read_text().splitlines()
        if "=" in line and line[0] != "#"
    )
    names = {"COMPOSE_PROJECT_NAME": stack.project, "COMPOSE_PROFILES": "edge", "WATCH_SECONDS": "10"}
    environment = os.environ | settings | names | changes
    return run("sh", "-c", 'deploy/release.sh "$0" 2>&1', version, check=check, env=environment)


if __name__ == "__main__":
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="tyreloop-rolling-") as made:
        roll(Path(made), Report(), os.environ.get("WALK_VERSION", "walk"))
