"""One training, in a process of its own: fetch photos, train, register, examine; no step is done twice."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from tyreloop.bootstrap import Role, open_releasing, opened_stores
from tyreloop.domain.errors import NotFound
from tyreloop.domain.models import RegisteredVersion
from tyreloop.domain.orders import Pace
from tyreloop.domain.staff import Actor
from tyreloop.files.photos import build_photo_store
from tyreloop.learning.datasets.lesson_book import LessonBook, Part, read_book
from tyreloop.learning.drawing.folder import write_folder
from tyreloop.learning.judging.run_exam import examine_version, questions_for_exam
from tyreloop.learning.made_model import MadeModel
from tyreloop.learning.make_model import make_model
from tyreloop.learning.plan import pace_of
from tyreloop.learning.recipe import Recipe, recipe_named
from tyreloop.learning.training.fit import Figures, Watch
from tyreloop.learning.training.run_log import RunLog
from tyreloop.models.bundles import fetch_checked, registered
from tyreloop.models.register import register_bundle
from tyreloop.models.registry import build_registry
from tyreloop.settings import Settings
from tyreloop.store.datasets import PostgresDatasets
from tyreloop.store.db import Database
from tyreloop.store.models import keep_model_version
from tyreloop.vision.card import read_card
from tyreloop.worker.child import ChildChannel
from tyreloop.worker.materialize import materialize

ORDER_TAG, DATASET_TAG = "job_id", "dataset"
TOLD_PER_EPOCH = 20


class Training:
    """One ordered training; the order names the recipe, and perhaps a dataset and a version to start from."""

    def __init__(self, order: Mapping[str, Any], given: Settings, channel: ChildChannel) -> None:
        self._order = order
        self._order_id = str(order["order_id"])
        self._settings = given
        self._channel = channel
        self._progress: dict[str, Any] = {}
        self._pace: dict[str, Any] = {}
        self._registry = build_registry(given)
        self._work = given.data_dir / "training" / f"job-{self._order_id}"

    def run(self) -> Mapping[str, Any]:
        """The version that came of it, and its exam; what an earlier try finished is not done again."""
        version = self._version_of_an_earlier_try() or self._train_and_register()
        with TemporaryDirectory(prefix="tyreloop-") as scratch:
            known = self._remember(version, Path(scratch))
        shutil.rmtree(self._work, ignore_errors=True)
        return {"version": version, "run_id": known.run_id, **self._pace, **self._examine(version)}

    def _version_of_an_earlier_try(self) -> int | None:
        known = self._registry.versions()
        return next((one.version for one in known if one.tags.get(ORDER_TAG) == self._order_id), None)

    def _train_and_register(self) -> int:
        torch.set_num_threads(2)
        recipe = recipe_named(str(self._order["recipe"]), self._settings)
        book = read_book(self._data(recipe))
        log = RunLog(self._settings.mlflow_tracking_uri, self._say)
        log.start(recipe, book, f"job {self._order_id}")
        start = self._order.get("start")
        with TemporaryDirectory(prefix="tyreloop-") as scratch:
            made = make_model(
                book,
                recipe,
                self._work / "bundle",
                start=fetch_checked(str(start), Path(scratch), self._registry) if start else None,
                work=self._work,
                made_with=f"job {self._order_id}",
                tell=self._say,
                watch=self._watch(recipe, log),
            )
        log.finish(made)
        passes = int(made.card.metrics["epochs"])
        self._pace = {"pace": pace_of(recipe, len(book.of(Part.LESSON)), passes, made.seconds)}
        return self._register(made, book, log)

    def _data(self, recipe: Recipe) -> Path:
        name = self._order.get("dataset")
        return self._snapshot(str(name)) if name else self._drawn(recipe)

    def _snapshot(self, name: str) -> Path:
        with closing(Database(self._settings.postgres_dsn, connections=1)) as database:
            snapshot = PostgresDatasets(database).get(name)
        if snapshot is None:
            raise NotFound(f"There is no dataset {name}.")
        self._say(f"Fetching the photos of {name}.")
        return materialize(snapshot, self._settings.data_dir / "datasets", build_photo_store(self._settings))

    def _drawn(self, recipe: Recipe) -> Path:
        drawing = recipe.drawing
        if drawing is None:
            raise NotFound(f"The recipe {recipe.name} draws no tyres: name a dataset.")
        folder = self._settings.data_dir / "drawn" / f"{drawing.count}-seed-{drawing.seed}-{drawing.size}px"
        if not (folder / "manifest.csv").is_file():
            self._say(f"Drawing {drawing.count} photos.")
            write_folder(folder, count=drawing.count, seed=drawing.seed, size=drawing.size)
        return folder

    def _register(self, made: MadeModel, book: LessonBook, log: RunLog) -> int:
        tags = {ORDER_TAG: self._order_id, "dataset_sha256": book.sha256}
        tags |= {DATASET_TAG: str(self._order.get("dataset") or "")}
        description = str(made.card.recipe["description"] or made.card.recipe["name"])
        version = register_bundle(
            made.folder, description=description, registry=self._registry, tags=tags, run_id=log.run_id
        )
        self._say(f"Registered as version {version}.")
        return version

    def _remember(self, version: int, scratch: Path) -> RegisteredVersion:
        """Receipts find here which version learned from which snapshot, in which run.

        Registry and database cannot be written at once: what the registry has is written down here by every
        try, from the registry itself, so that a worker that dies in between leaves nothing half said.
        """
        known = registered(version, self._registry)
        card = read_card(fetch_checked(version, scratch, self._registry))
        content = {**card.model_dump(mode="json"), "run_id": known.run_id or ""}
        with closing(Database(self._settings.postgres_dsn, connections=1)) as database:
            keep_model_version(database, card.model, version, content)  # as predictions name it
        return known

    def _examine(self, version: int) -> Mapping[str, Any]:
        self._progress["seconds_left"] = None
        self._say("Holding the exam.", stage="exam")
        questions = questions_for_exam((), self._settings, self._say)
        with opened_stores(self._settings, role=Role.WORKER) as stores:
            result = examine_version(
                version,
                questions,
                by=Actor(str(self._order.get("asked_by", "worker"))),
                using=open_releasing(self._settings, stores, signs=False),
                tell=self._say,
            )
        return {"exam": result.summary()}

    def _watch(self, recipe: Recipe, log: RunLog) -> Watch:
        last, pace = -1, Pace(recipe.fitting.epochs, time.monotonic)

        def watch(epoch: int, share: float, figures: Figures | None) -> None:
            nonlocal last
            done, line = epoch + share, ""
            if figures is not None:
                log.epoch(epoch, figures)
                said = ", ".join(f"{name} {value:.3f}" for name, value in _deciding_first(figures))
                done, line = float(epoch), f"epoch {epoch} of {pace.total}: {said}"
                self._progress["figures"] = figures
            if line or int(done * TOLD_PER_EPOCH) > last:
                last = int(done * TOLD_PER_EPOCH)
                self._progress |= {"stage": "training", **pace.at(done)}
                self._channel.progress(self._progress, line)

        return watch

    def _say(self, line: str, stage: str = "preparing") -> None:
        self._progress |= {"stage": stage}
        self._channel.progress(self._progress, line)


def _deciding_first(figures: Figures) -> list[tuple[str, float]]:
    """How good it is on what is held out, then the rest."""
    return sorted(figures.items(), key=lambda one: not one[0].startswith("held_out"))
