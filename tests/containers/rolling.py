"""Replicas behind the edge, under load: certificates, a death, restarts, versions that come and go.

WALK_VERSION names the images; `python -m tests.containers.rolling` walks it alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from tests.containers.authority import DIRECTORY, ask_for_a_certificate, authority, served, wait_for_another
from tests.containers.checks import require
from tests.containers.crowd import Crowd
from tests.containers.engine import Stack, WalkFailed, run
from tests.containers.report import Report
from tyreloop.local.ports import any_free

REPLICAS, PAGES = 3, 2
FIRST = ("postgres", "s3", "buckets", "migrate", "mlflow")  # a busy machine starts all at once too slowly
OTHERS = ("streamlit-app", "crontab", "mlflow")
# Whoever sends this one a photo or a vote is answered 501, and counts as failed.
SICK = 'FROM tyreloop/flask-app:{version}\nCMD ["python3", "-m", "http.server", "5002"]\n'
OF = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"


def roll(folder: Path, report: Report, version: str) -> None:
    """On a stack of its own, which knows neither Grafana nor the worker."""
    stack = Stack(folder, profile="edge", project="tyreloop-rolling")
    stack.ports = {"GRAFANA": any_free(), "EDGE_HTTP": any_free(), "EDGE_HTTPS": any_free()}
    stack.prepare(
        version,
        FLASK_PORT="",
        STREAMLIT_PORT="",
        PUBLIC_HOST="localhost",
        EDGE_PUBLISH_ADDRESS="127.0.0.1",
        API_URL_IN_CONTAINERS="http://nginx:8081",
        PROXY_TRUSTED="nginx",
        ACME_SERVER=DIRECTORY,
        RATE_LIMIT_PER_MINUTE="0",  # all of the crowd have one address
    )
    try:
        _Rolling(stack, report, version).walk()
    except WalkFailed:
        report.say(stack.compose("logs", "--no-color", "--tail", "15", check=False))
        raise
    finally:
        stack.compose("down", "--volumes", check=False)
        for name in (f"{version}-green", f"{version}-sick"):
            for image in ("flask-app", *OTHERS):
                run("docker", "rmi", f"tyreloop/{image}:{name}", check=False)


class _Rolling:
    def __init__(self, stack: Stack, report: Report, version: str) -> None:
        self.stack, self.report, self.version = stack, report, version
        self.port = stack.ports["EDGE_HTTPS"]
        self.crowd = Crowd(self.port)

    def walk(self) -> None:
        self.start()
        began = monotonic()
        with self.crowd.coming():
            with authority(self.stack):
                self.certify()
            self.kill_one()
            self.restart_each()
            self.change_to(f"{self.version}-green")
            self.change_to(self.version)
            self.refuse_a_sick_one()
        said = f"{self.crowd.answered} in {monotonic() - began:.0f} s, {len(self.crowd.failed)} failed"
        self.report.figure("requests while all that happened", said)
        require(not self.crowd.failed, f"failed: {self.crowd.failed[:3]}")
        self.count_votes()

    def start(self) -> None:
        with self.report.step(f"the edge, with {REPLICAS} replicas"):
            services = [name for name in self.stack.services() if name != "certbot"]  # no authority yet
            self.stack.compose("up", "--detach", "--no-build", *FIRST)
            self.stack.wait_until_well(list(FIRST))
            scale = ("--scale", f"flask-app={REPLICAS}", "--scale", f"streamlit-app={PAGES}")
            self.stack.compose("up", "--detach", "--no-build", *scale)
            self.stack.wait_until_well(services)
            for one in (*self.replicas(), *self.pages()):
                self.wait_until_people_come_to(one)

    @contextmanager
    def under_load(self, title: str) -> Iterator[None]:
        """A step after which people are still answered, and nobody was not."""
        with self.report.step(title):
            began = monotonic()
            self.crowd.wait_for_more()
            yield
            self.report.figure(title, f"{monotonic() - began:.0f} s")
            self.crowd.wait_for_more()

    def certify(self) -> None:
        own = served(self.port)
        require(own.issuer == own.subject, "there is a certificate already")
        with self.under_load("the first certificate of an authority"):
            ask_for_a_certificate(self.stack)
            first = wait_for_another(self.port, own.serial_number)
            require("Caddy" in first.issuer.rfc4514_string(), f"it is of {first.issuer}")
        with self.under_load("the next certificate"):
            ask_for_a_certificate(self.stack, "--force-renewal")
            wait_for_another(self.port, first.serial_number)

    def kill_one(self) -> None:
        with self.under_load("a replica is killed"):
            run("docker", "kill", self.replicas()[0])

    def restart_each(self) -> None:
        with self.under_load("each replica and page restarted, one after the other"):
            for one in (*self.replicas(), *self.pages()):
                run("docker", "stop", "--time", "30", one)
                run("docker", "start", one)
                self.wait_until_people_come_to(one)

    def wait_until_people_come_to(self, container: str) -> None:
        until, sent = monotonic() + 300, False
        while not sent:
            require(monotonic() < until, f"{container}: nobody is sent to it")
            sleep(0.5)
            # The edge may still name it from before its restart.
            health = run("docker", "inspect", "-f", "{{.State.Health.Status}}", container)
            edge = run("docker", "exec", self.stack.container("nginx"), "sh", "/etc/edge/edge.sh", "show")
            sent = health.strip() == "healthy" and any(
                f"{address}:" in edge for address in run("docker", "inspect", "-f", OF, container).split()
            )

    def change_to(self, name: str) -> None:
        for image in ("flask-app", *OTHERS):
            run("docker", "tag", f"tyreloop/{image}:{self.version}", f"tyreloop/{image}:{name}")
        with self.under_load(f"blue/green to {name}"):
            self.release(name, FLASK_REPLICAS="2", STREAMLIT_REPLICAS="1")

    def refuse_a_sick_one(self) -> None:
        sick = f"{self.version}-sick"
        for image in OTHERS:
            run("docker", "tag", f"tyreloop/{image}:{self.version}", f"tyreloop/{image}:{sick}")
        build = ("docker", "build", "-t", f"tyreloop/flask-app:{sick}", "-")
        run(*build, input=SICK.format(version=self.version))
        with self.under_load("a sick version is not let in"):
            said = self.release(sick, check=False, WAIT_SECONDS="30")
            require("is not well" in said, f"it said: {said}")
            require(len(self.replicas()) == 2, "something of the sick version is left")

    def count_votes(self) -> None:
        """Each vote that was acknowledged is in the database, once what waited has been sent."""
        until = monotonic() + 90
        while (kept := int(self.stack.sql("SELECT count(*) FROM votes"))) < self.crowd.voted:
            require(monotonic() < until, f"{self.crowd.voted} votes were acknowledged, {kept} are there")
            sleep(1)
        require(self.crowd.voted > 0, "nobody could vote")
        lost = f"{self.crowd.not_recorded} photos answered and not recorded"
        self.report.figure("votes", f"{self.crowd.voted} acknowledged, {kept} kept; {lost}")

    def replicas(self) -> list[str]:
        return self.stack.compose("ps", "-q", "flask-app").split()

    def pages(self) -> list[str]:
        return self.stack.compose("ps", "-q", "streamlit-app").split()

    def release(self, version: str, *, check: bool = True, **changes: str) -> str:
        settings = dict(
            line.split("=", 1)
            for line in self.stack.env_file.read_text().splitlines()
            if "=" in line and line[0] != "#"
        )
        changes |= {"COMPOSE_PROJECT_NAME": self.stack.project, "COMPOSE_PROFILES": "edge"}
        environment = os.environ | settings | {"WATCH_SECONDS": "10"} | changes
        return run("sh", "-c", 'deploy/release.sh "$0" 2>&1', version, check=check, env=environment)


if __name__ == "__main__":
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="tyreloop-rolling-") as made:
        roll(Path(made), Report(), os.environ.get("WALK_VERSION", "walk"))
