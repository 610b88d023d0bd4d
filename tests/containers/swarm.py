"""deploy/swarm.yaml for real: all services updated under load, a failing image undone by itself.

`python -m tests.containers.swarm` walks it, with the images of WALK_VERSION. The engine becomes a swarm of
one node and leaves it at the end. Database and S3 belong to a Compose project and are put on the network of
the stack, for which they are elsewhere. Who trains is left out, with the broker.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep

import yaml

from tests.containers.checks import require
from tests.containers.crowd import Crowd
from tests.containers.engine import ROOT, Stack, WalkFailed, run
from tests.containers.report import Report
from tests.containers.rolling import OTHERS, SICK
from tyreloop.local.ports import any_free

STACK = "tyreloop-swarm-walk"
NETWORK = f"{STACK}_inside"
ELSEWHERE = ("postgres", "s3", "buckets", "migrate")
OURS = ("flask-app", "streamlit-app", "mlflow", "crontab", "certbot")
# In a swarm an image's own check decides; this one says within seconds that it is not well.
IMPATIENT = 'HEALTHCHECK --interval=2s --timeout=2s --start-period=1s --retries=2 CMD ["false"]\n'


class _Swarm:
    def __init__(self, folder: Path, report: Report, version: str) -> None:
        self.report, self.version = report, version
        self.elsewhere = Stack(folder, profile="core", project=f"{STACK}-elsewhere")
        self.elsewhere.prepare(version)
        self.port, self.plain_port = any_free(), any_free()
        self.crowd = Crowd(self.port)
        self.file = ROOT / "deploy" / f".{STACK}.yaml"  # beside the original, whose paths begin there

    def walk(self) -> None:
        try:
            self.start()
            with self.crowd.coming():
                self.crowd.wait_for_more()
                self.update_all(f"{self.version}-next")
                self.refuse_a_failing_one()
                self.crowd.wait_for_more()
            self.report.figure(
                "requests meanwhile", f"{self.crowd.answered}, {len(self.crowd.failed)} failed"
            )
            self.count_votes()
        except WalkFailed:
            self.report.say(run("docker", "stack", "ps", "--no-trunc", STACK, check=False))
            for name in OURS:
                self.report.say(
                    run("docker", "service", "logs", "--tail", "15", f"{STACK}_{name}", check=False)
                )
            raise
        finally:
            self.end()

    def start(self) -> None:
        with self.report.step("a swarm of one node, the database and S3 elsewhere"):
            run("docker", "swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", "127.0.0.1:2377")
            run(
                "docker",
                "node",
                "update",
                "--label-add",
                "tyreloop.edge=true",
                run("docker", "node", "ls", "-q"),
            )
            self.elsewhere.compose("up", "--detach", "--no-build", *ELSEWHERE)
            self.elsewhere.wait_until_well(list(ELSEWHERE))
        with self.report.step("the stack"):
            self.write_file()
            self.deploy(self.version)
            for name, alias in (
                ("postgres", "database"),
                ("s3", "store"),
            ):  # what stands in for S3 minds dots
                run("docker", "network", "connect", "--alias", alias, NETWORK, self.elsewhere.container(name))
            self.give_a_model()
            self.wait_until_running()
            self.wait_until_answered()

    def write_file(self) -> None:
        stack = yaml.safe_load((ROOT / "deploy" / "swarm.yaml").read_text())
        del stack["services"]["worker"]
        self.file.write_text(yaml.safe_dump(stack))

    def settings(self, version: str) -> dict[str, str]:
        lines = self.elsewhere.env_file.read_text().splitlines()
        settings = dict(line.split("=", 1) for line in lines if "=" in line and line[0] != "#")
        return settings | {
            "TYRELOOP_VERSION": version,
            "PUBLIC_HOST": "localhost",
            "POSTGRES_HOST": "database",
            "PGSSLMODE": "disable",
            "S3_ENDPOINT_URL": "http://store:8333",
            "PHOTO_STORE_URL": "s3://tyreloop/photos",
            "MLFLOW_ARTIFACTS_DESTINATION": "s3://tyreloop/models",
            "BROKER_URL": "amqp://nobody",
            "RATE_LIMIT_PER_MINUTE": "0",  # all of the crowd have one address
            "ACME_SERVER": "https://localhost:9/directory",
            "EDGE_HTTP_PORT": str(self.plain_port),
            "EDGE_HTTPS_PORT": str(self.port),
        }

    def deploy(self, version: str) -> None:
        command = (
            "docker",
            "stack",
            "deploy",
            "--resolve-image",
            "never",
            "--compose-file",
            str(self.file),
            STACK,
        )
        run(*command, env=os.environ | self.settings(version))

    def give_a_model(self) -> None:
        """By the same command as everywhere, in a container beside the stack."""
        settings = self.settings(self.version) | {
            "MLFLOW_TRACKING_URI": "http://mlflow:5000",
            "MLFLOW_TRACKING_USERNAME": "tyreloop",
            "POSTGRES_USER": "tyreloop_pages",
        }
        settings |= {"POSTGRES_PASSWORD": settings["PAGES_DB_PASSWORD"]}
        environment = [
            part for name, value in settings.items() if value for part in ("--env", f"{name}={value}")
        ]
        image = f"tyreloop/crontab:{self.version}"
        once = (
            "docker",
            "run",
            "--rm",
            "--network",
            NETWORK,
            *environment,
            "--entrypoint",
            "tyreloop",
            image,
        )
        until = monotonic() + 300
        while "in Production" not in (said := run(*once, "first-model", check=False)):
            require(monotonic() < until, f"no first model: {said}")
            sleep(5)

    def wait_until_running(self) -> None:
        until = monotonic() + 600
        while behind := [line for line in self.replicas() if not _is_complete(line)]:
            require(monotonic() < until, f"not running: {behind}")
            sleep(1)

    def replicas(self) -> list[str]:
        names = "{{.Name}} {{.Replicas}}"
        return run("docker", "stack", "services", STACK, "--format", names).splitlines()

    def wait_until_answered(self) -> None:
        until = monotonic() + 300
        while True:
            with suppress(OSError):
                if self.crowd.ask("GET", "/readyz")[0] == 200 and self.crowd.ask("GET", "/")[0] == 200:
                    return
            require(monotonic() < until, "the edge does not answer")
            sleep(1)

    def update_all(self, version: str) -> None:
        with self.report.step("all services updated"):
            for image in ("flask-app", *OTHERS):
                run("docker", "tag", f"tyreloop/{image}:{self.version}", f"tyreloop/{image}:{version}")
            began = monotonic()
            self.deploy(version)
            for name in OURS:
                require(self.end_of_update(name) == "completed", f"{name}: {self.state(name)}")
            self.report.figure("all services updated", f"{monotonic() - began:.0f} s")
            self.crowd.wait_for_more()

    def refuse_a_failing_one(self) -> None:
        with self.report.step("a failing image goes back by itself"):
            sick, before = f"{self.version}-sick", self.image("flask-app")
            for image in OTHERS:
                run("docker", "tag", f"tyreloop/{image}:{self.version}", f"tyreloop/{image}:{sick}")
            build = ("docker", "build", "-t", f"tyreloop/flask-app:{sick}", "-")
            run(*build, input=SICK.format(version=self.version) + IMPATIENT)
            began = monotonic()
            self.deploy(sick)
            require(self.end_of_update("flask-app") == "rollback_completed", f"{self.state('flask-app')}")
            self.report.figure("a failing image gone again", f"{monotonic() - began:.0f} s")
            require(self.image("flask-app") == before, f"{self.image('flask-app')} is there")
            self.crowd.wait_for_more()

    def image(self, name: str) -> str:
        told = "{{.Spec.TaskTemplate.ContainerSpec.Image}}"
        return run("docker", "service", "inspect", "-f", told, f"{STACK}_{name}")

    def state(self, name: str) -> dict[str, str]:
        told = run("docker", "service", "inspect", "-f", "{{json .UpdateStatus}}", f"{STACK}_{name}")
        found: dict[str, str] = json.loads(told) or {}
        return found

    def end_of_update(self, name: str) -> str:
        until = monotonic() + 900
        while (state := self.state(name).get("State", "")) in {"", "updating", "rollback_started"}:
            require(monotonic() < until, f"{name} is {state} still")
            require(not self.crowd.failed, f"failed: {self.crowd.failed[:3]}")
            sleep(1)
        return state

    def count_votes(self) -> None:
        until = monotonic() + 90
        while (kept := int(self.elsewhere.sql("SELECT count(*) FROM votes"))) < self.crowd.voted:
            require(monotonic() < until, f"{self.crowd.voted} votes were acknowledged, {kept} are there")
            sleep(1)
        require(self.crowd.voted > 0, "nobody could vote")
        self.report.figure("votes", f"{self.crowd.voted} acknowledged, {kept} kept")

    def end(self) -> None:
        self.file.unlink(missing_ok=True)
        run("docker", "stack", "rm", STACK, check=False)
        self.elsewhere.compose("down", "--volumes", check=False)
        run("docker", "swarm", "leave", "--force", check=False)
        for name in ("edge", "models", "outbox", "backups"):
            run("docker", "volume", "rm", "--force", f"{STACK}_{name}", check=False)
        for name in (f"{self.version}-next", f"{self.version}-sick"):
            for image in ("flask-app", *OTHERS):
                run("docker", "rmi", "--force", f"tyreloop/{image}:{name}", check=False)


def _is_complete(line: str) -> bool:
    running, _, wanted = line.split()[1].partition("/")
    return running == wanted


if __name__ == "__main__":
    with TemporaryDirectory(prefix="tyreloop-swarm-") as made:
        _Swarm(Path(made), Report(), os.environ.get("WALK_VERSION", "walk")).walk()
