"""Packages put into Production by MLflow's own client never answer a request; a signed release does."""

from __future__ import annotations

import json
import pickle
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from mlflow import MlflowClient

from tests.browser.house import SECRET
from tests.fixtures.service_process import Running, started
from tests.fixtures.stores import kept_in
from tests.fixtures.surroundings import database_environment, wait_until
from tests.vision.bundles import brightness_graph, write_bundle
from tests.vision.test_bad_bundles import BAD, endless, giant
from tyreloop.bootstrap import open_releasing
from tyreloop.domain.staff import Actor, Role
from tyreloop.models.register import register_bundle
from tyreloop.models.release import Releasing, ensure_first_model, promote_version
from tyreloop.settings import read_settings
from tyreloop.store.db import Database

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]  # on a busy machine
SUE = Actor("user:sue", Role.SCIENTIST.rights, is_known=True)
SECONDS = 30.0


def pickled(name: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / "data").mkdir(parents=True)
        (folder / "MLmodel").write_text("flavors: {pytorch: {model_data: data}}\n")
        (folder / "data" / name).write_bytes(pickle.dumps(Runs()))
        return folder

    return write


class Runs:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("open('/tmp/a-pickle-ran', 'w')",)


def with_code(folder: Path) -> Path:
    """What `pyfunc` would import and run."""
    (folder / "code").mkdir(parents=True)
    (folder / "code" / "evil.py").write_text("raise SystemExit('ran')")
    (folder / "MLmodel").write_text("flavors: {python_function: {loader_module: evil, code: code}}\n")
    return folder


KINDS: dict[str, Callable[[Path], Path]] = {
    **{name: spoil for name, (spoil, _) in BAD.items()},
    "a bundle that nobody signed": lambda at: write_bundle(at, brightness_graph(gain=-6.0), golden=()),
    "an endless graph": endless,
    "a giant graph": giant,
    "a pickle as PyTorch logs it": pickled("model.pth"),
    "an exported program": pickled("model.pt2"),
    "code": with_code,
}


@dataclass
class Site:
    """A running service, its registry by MLflow's own client, and the road that signs."""

    service: Running
    client: MlflowClient
    using: Releasing
    name: str
    folder: Path
    run: str

    def move(self, folder: Path) -> int:
        """What anybody with the registry's login can do."""
        self.client.log_artifacts(self.run, str(folder), folder.name)
        source = f"runs:/{self.run}/{folder.name}"
        made = self.client.create_model_version(self.name, source=source, run_id=self.run)
        self.client.set_registered_model_alias(self.name, "production", made.version)
        return int(made.version)

    def move_stage(self, version: int) -> None:
        """The older way, which scripts still use."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            self.client.transition_model_version_stage(
                self.name, str(version), "Production", archive_existing_versions=True
            )

    def model(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.service.ask("GET", "/v1/model")[1])
        return said

    def release(self) -> int:
        folder = self.folder / f"signed-{len(list(self.folder.glob('signed-*')))}"
        version = register_bundle(write_bundle(folder), description="", registry=self.using.registry)
        promote_version(version, by=SUE, using=self.using, force=True, reason="better")
        return version


@pytest.fixture
def site(database_dsn: dict[str, Any], mlflow_uri: str, tmp_path: Path) -> Iterator[Site]:
    name = tmp_path.name
    settings = read_settings(
        beside_stack=False, mlflow_tracking_uri=mlflow_uri, model_name=name, release_signing_key=SECRET
    )
    with closing(Database(database_dsn)) as database:
        using = open_releasing(settings, kept_in(database))
        ensure_first_model(write_bundle(tmp_path / "first"), using=using)
        with started(tmp_path / "data", **surroundings(database_dsn, mlflow_uri, name)) as service:
            client = MlflowClient(mlflow_uri, mlflow_uri)
            yield Site(service, client, using, name, tmp_path, client.create_run("0").info.run_id)


def moved_to(model: dict[str, Any]) -> tuple[int, int | None]:
    return model["wanted"], model["conflict_with"]


def surroundings(dsn: dict[str, Any], mlflow_uri: str, name: str) -> dict[str, str]:
    return database_environment(dsn) | {
        "MLFLOW_TRACKING_URI": mlflow_uri,
        "MODEL_NAME": name,
        "MODEL_POLL_SECONDS": "0.3",
        "SERVE_UNSIGNED_MODELS": "false",
        "RELEASE_SIGNING_KEY": SECRET,
    }


class Visitors(Thread):
    """Show a photo all the time, and remember who answered."""

    def __init__(self, site: Site, photo: bytes) -> None:
        super().__init__(daemon=True)
        self.site, self.photo, self.leave = site, photo, Event()
        self.answers: list[tuple[int, Any]] = []

    def run(self) -> None:
        while not self.leave.wait(0.01):
            status, body = self.site.service.ask("POST", "/v1/predictions", self.photo)
            self.answers.append((status, json.loads(body)["model"]["version"] if status == 201 else body))

    def __enter__(self) -> Visitors:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.leave.set()
        self.join(SECONDS)


def test_no_package_that_nobody_signed_answers_and_a_signed_one_does(site: Site, bright: bytes) -> None:
    first = site.model()["serving"]
    assert len(KINDS) >= 20
    with Visitors(site, bright) as visitors:
        for number, (kind, write) in enumerate(KINDS.items()):
            version = site.move(write(site.folder / f"package-{number}"))
            wait_until(lambda version=version: site.model()["unsigned"] == version, kind)  # type: ignore[misc]
        site.move_stage(version)
        site.client.delete_registered_model_alias(site.name, "production")
        wait_until(
            lambda: site.model()["wanted"] == version and site.model()["conflict_with"] is None, "a stage"
        )
    assert set(visitors.answers) == {(201, first)}
    with Visitors(site, bright) as visitors:
        signed = site.release()
        wait_until(lambda: site.model()["serving"] == signed, "a signed release", seconds=SECONDS)
    assert set(visitors.answers) <= {(201, first), (201, signed)}
    assert site.model()["unsigned"] is None
    assert not Path("/tmp/a-pickle-ran").exists()  # noqa: S108


def test_killed_between_signing_and_swapping_the_service_serves_what_was_signed(
    site: Site, database_dsn: dict[str, Any], mlflow_uri: str
) -> None:
    site.service.process.send_signal(signal.SIGSTOP)
    signed = site.release()
    site.service.process.kill()
    with started(site.folder / "data", **surroundings(database_dsn, mlflow_uri, site.name)) as again:
        site.service = again
        wait_until(lambda: site.model()["serving"] == signed, "the swap")
        wait_until(lambda: site.using.models.newest(site.name).state == "served", "being served")  # type: ignore[union-attr]
        production = site.using.registry.production()
        assert production is not None
        assert production.version == signed
