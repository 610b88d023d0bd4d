"""The walk: build, start, use, restart, stop and start, back up and restore, upgrade."""

from __future__ import annotations

import os
from time import monotonic

from tests.compose.stack_file import SERVICES
from tests.containers.checks import OURS, check_hardening, check_inside, require, secrets_shown
from tests.containers.engine import Stack, WalkFailed, run
from tests.containers.report import Report
from tests.containers.training import train
from tests.containers.visitor import Visitor

DOCKERFILES = {
    "flask-app": "inference_api",
    "streamlit-app": "streamlit_ui",
    "mlflow": "mlflow",
    "crontab": "crontab",
    "worker": "worker",
}
BASE = "python:3.13-slim-trixie"
WITH_TORCH = ("worker",)  # whose base may be another, for a machine without a torch for Python 3.13
COUNTED = ("predictions", "votes", "corrections")
COUNTS = " UNION ALL ".join(f"SELECT count(*) FROM {table}" for table in COUNTED)  # noqa: S608 - our own names
LAST_WORD = "SELECT liked, label FROM votes JOIN corrections USING (prediction_id) WHERE prediction_id = "
LIST_BUCKET = """
import os, boto3
s3 = boto3.client("s3", endpoint_url=os.environ["S3_ENDPOINT_URL"])
print(*(o["Key"] for o in s3.list_objects_v2(Bucket="tyreloop").get("Contents", [])))
"""
KILLED = 137  # how a container ends that did not stop in its time

# Whom nobody waits for: left out where their image cannot be had, or by name, with commas between.
WATCHERS = ("grafana", "prometheus", "node-exporter", "postgres-exporter")
LEFT_OUT = os.environ.get("WALK_LEAVE_OUT", "").split(",")


def has_image(name: str) -> bool:
    """Whether this machine has an image, or can get it."""
    try:
        run("docker", "image", "inspect", name)
    except WalkFailed:
        try:
            run("docker", "pull", name)
        except WalkFailed:
            return False
    return True


class Walk:
    """One walk through a stack of its own."""

    def __init__(self, stack: Stack, report: Report, *, version: str) -> None:
        self.stack = stack
        self.report = report
        self.version = version
        self.visitor = Visitor(
            api=f"http://127.0.0.1:{stack.ports['FLASK']}",
            pages=f"http://127.0.0.1:{stack.ports['STREAMLIT']}",
        )
        self.all = [
            name
            for name in stack.services()
            if name not in WATCHERS or (name not in LEFT_OUT and has_image(SERVICES[name]["image"]))
        ]

    @property
    def built(self) -> dict[str, str]:
        """The folders of the images that this walk needs."""
        return {service: folder for service, folder in DOCKERFILES.items() if service in self.all}

    @property
    def lasting(self) -> list[str]:
        return [name for name in self.all if not self.stack.is_step(name)]

    def build(self) -> None:
        """One image after the other; the network of the build can be chosen, for machines behind a proxy."""
        network = os.environ.get("WALK_BUILD_NETWORK", "default")
        for service, folder in self.built.items():
            with self.report.step(f"build {service}"):
                tag = f"tyreloop/{service}:{self.version}"
                base = os.environ.get("WALK_PYTHON", BASE) if service in WITH_TORCH else BASE
                user = ("--build-arg", f"APP_UID={os.getuid() or 1000}", "--network", network)
                arguments = (*user, "--build-arg", f"PYTHON_IMAGE={base}")
                run("docker", "build", *arguments, "-t", tag, "-f", f"{folder}/Dockerfile", ".", seconds=3600)
            size = int(run("docker", "image", "inspect", "-f", "{{.Size}}", tag))
            weight = int(run("docker", "image", "inspect", "-f", "{{.Size}}", base))
            figures = f"{size / 1e6:.0f} MB, of which {(size - weight) / 1e6:.0f} MB are ours"
            self.report.figure(f"image of {service}", figures)

    def start(self) -> None:
        with self.report.step("from nothing to healthy"):
            began = monotonic()
            self.stack.compose("up", "--detach", "--no-build", *self.all)
            self.stack.wait_until_well(self.all)
            self.report.figure("from nothing to healthy", f"{monotonic() - began:.0f} s")

    def use(self) -> str:
        """Photo, verdict, vote, correction, rows; answers the prediction's id."""
        with self.report.step("photo -> verdict -> vote -> correction -> row"):
            prediction = self.visitor.predict_and_wait()
            require(prediction["answer"] in {"good", "defective", "unsure", "unusable"}, str(prediction))
            delivered = self.visitor.vote(prediction["id"], liked=False)
            corrected = self.visitor.correct(prediction["id"], "good")
            require(
                (delivered, corrected) == ("stored", "stored"), f"vote {delivered}, correction {corrected}"
            )
            row = self.stack.sql(f"{LAST_WORD}'{prediction['id']}'")
            require(row == "f|good", f"the database has `{row}`")
            require(self.visitor.looks_at_the_pages(), "the pages do not answer")
        with self.report.step("the model and the photo lie in S3"):
            keys = self.stack.exec("crontab", "python", "-c", LIST_BUCKET).split()
            require(any(key.startswith("models/") and key.endswith("model.onnx") for key in keys), f"{keys}")
            require(any(prediction["photo_id"] in key for key in keys), "the photo is not in the bucket")
        return str(prediction["id"])

    def check(self) -> None:
        with self.report.step("hardening, inside and outside"):
            check_hardening(self.stack, self.all)
            check_inside(self.stack, [name for name in self.lasting if name in OURS])
        with self.report.step("logs without a secret"):
            require(not secrets_shown(self.stack), f"in the logs: {secrets_shown(self.stack)}")

    def measure(self) -> None:
        with self.report.step("memory"):
            for service in self.lasting:
                used = run(
                    "docker",
                    "stats",
                    "--no-stream",
                    "--format",
                    "{{.MemUsage}}",
                    self.stack.container(service),
                )
                self.report.figure(f"memory of {service}", used.partition(" /")[0])

    def train(self) -> None:
        """Where there is a worker."""
        if "worker" in self.all:
            with self.report.step("a training through the queue"):
                self.report.figure("training", train(self.stack))

    def restart_each(self) -> None:
        for service in self.lasting:
            with self.report.step(f"restart {service} alone"):
                began = monotonic()
                self.stack.compose("stop", service)
                stopped = monotonic() - began
                code = self.stack.inspect(service)["State"]["ExitCode"]
                require(code != KILLED, f"{service} did not stop by itself in its 30 s")
                self.stack.compose("start", service)
                well = self.stack.wait_until_well([service])
                self.keep_bucket(after=service)
                away = self.visitor.predict_until_it_works()
                times = (
                    f"stopped in {stopped:.1f} s, healthy {well:.0f} s later, verdict {away:.1f} s after that"
                )
                self.report.figure(f"restart of {service}", times)

    def keep_bucket(self, *, after: str) -> None:
        """An S3 that lives in memory forgets at its restart, and gets its bucket again; others keep it."""
        if after == "s3":
            said = self.stack.exec("crontab", "tyreloop", "bucket")
            self.report.figure(
                "S3 after its restart", "kept its data" if "is there" in said else "had forgotten all"
            )

    def down_and_up(self, prediction: str) -> None:
        with self.report.step("down, and up with the data still there"):
            before = self.stack.sql(COUNTS)
            self.stack.compose("down")
            began = monotonic()
            self.stack.compose("up", "--detach", "--no-build", *self.all)
            self.stack.wait_until_well(self.all)
            self.report.figure("from down to healthy", f"{monotonic() - began:.0f} s")
            require(self.stack.sql(COUNTS) == before, "rows are missing")
            require(
                self.visitor.ask("GET", f"/v1/predictions/{prediction}")["id"] == prediction, "it is gone"
            )
            self.visitor.predict_until_it_works()

    def back_up_and_restore(self, prediction: str) -> None:
        with self.report.step("back up, lose everything, restore"):
            photo = self.visitor.predict_and_wait()["photo_id"]
            before = self.stack.sql(COUNTS)
            said = self.stack.exec("crontab", "tyreloop", "backup")
            folder = said.partition(":")[0]
            self.stack.compose("down", "--volumes")
            first = ["postgres", "s3", "mlflow", "buckets", "migrate", "crontab"]
            self.stack.compose("up", "--detach", "--no-build", *first)
            self.stack.wait_until_well(first)
            restored = self.stack.compose("run", "--rm", "--no-deps", "restore", folder)
            self.report.figure("restore", restored)
            self.stack.compose("up", "--detach", "--no-build", *self.all)
            self.stack.wait_until_well(self.all)
            require(self.stack.sql(COUNTS) == before, f"{before} rows before, {self.stack.sql(COUNTS)} after")
            require(
                self.visitor.ask("GET", f"/v1/predictions/{prediction}")["id"] == prediction, "it is gone"
            )
            require(photo in self.stack.exec("crontab", "python", "-c", LIST_BUCKET), "the photo is gone")
            require(self.visitor.predict()["model"]["version"] == 1, "another model answers")

    def upgrade(self) -> None:
        with self.report.step("upgrade to images of another version"):
            before = self.stack.sql(COUNTS)
            newer = f"{self.version}-newer"
            for service in self.built:
                run("docker", "tag", f"tyreloop/{service}:{self.version}", f"tyreloop/{service}:{newer}")
            self.stack.write_settings(newer)
            self.stack.compose("up", "--detach", "--no-build", *self.all)
            self.stack.wait_until_well(self.all)
            image = self.stack.inspect("flask-app")["Config"]["Image"]
            require(image.endswith(newer), f"{image} still runs")
            require(self.stack.sql(COUNTS) == before, "rows are missing")
            self.visitor.predict_until_it_works()
