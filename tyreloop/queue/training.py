"""What a training job does: fetch the photos, train, register, examine; no finished step is done again."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from tyreloop.adapters.registry import build_registry
from tyreloop.domain.errors import NotFound
from tyreloop.files.photos import build_photo_store
from tyreloop.learning.datasets.lesson_book import LessonBook, read_book
from tyreloop.learning.drawing.folder import write_folder
from tyreloop.learning.judging.exam_wall import wall_of
from tyreloop.learning.make_model import MadeModel, make_model
from tyreloop.learning.recipe import Recipe, read_recipe
from tyreloop.learning.releasing import exam_desk
from tyreloop.learning.releasing.bundles import fetch_version
from tyreloop.learning.training.fit import Figures, Watch
from tyreloop.learning.training.run_log import RunLog
from tyreloop.queue.lesson_folder import lesson_folder
from tyreloop.queue.recipes import recipe_file
from tyreloop.queue.told import Told
from tyreloop.settings import Settings
from tyreloop.store.datasets import PostgresDatasets
from tyreloop.store.db import Database
from tyreloop.store.models import keep_model_version
from tyreloop.use_cases.register_model import hash_tags

JOB_TAG, DATASET_TAG = "job_id", "dataset"
TOLD_PER_EPOCH = 20


class Training:
    """One training job; `orders` name the recipe, and perhaps a dataset and a version to start from."""

    def __init__(self, orders: Mapping[str, Any], settings: Settings, told: Told) -> None:
        self._orders = orders
        self._job_id = str(orders["job_id"])
        self._settings = settings
        self._told = told
        self._registry = build_registry(settings)
        self._work = settings.data_dir / "training" / f"job-{self._job_id}"

    def run(self) -> Mapping[str, Any]:
        """The version that came of it, and its exam."""
        version = self._registered() or self._train_and_register()
        shutil.rmtree(self._work, ignore_errors=True)
        return {"version": version, **self._examine(version)}

    def _registered(self) -> int | None:
        """What a former try has registered before its worker died."""
        known = self._registry.versions()
        return next((one.version for one in known if one.tags.get(JOB_TAG) == self._job_id), None)

    def _train_and_register(self) -> int:
        torch.set_num_threads(2)
        recipe = read_recipe(recipe_file(str(self._orders["recipe"]), self._settings))
        book = read_book(self._data(recipe))
        log = RunLog(self._settings.mlflow_tracking_uri, self._say)
        log.start(recipe, book, f"job {self._job_id}")
        with TemporaryDirectory(prefix="tyreloop-") as scratch:
            made = make_model(
                book,
                recipe,
                self._work / "bundle",
                start=self._start(Path(scratch)),
                work=self._work,
                made_with=f"job {self._job_id}",
                tell=self._say,
                watch=self._watch(recipe, log),
            )
        log.finish(made)
        return self._register(made, book, log)

    def _data(self, recipe: Recipe) -> Path:
        name = self._orders.get("dataset")
        return self._snapshot(str(name)) if name else self._drawn(recipe)

    def _snapshot(self, name: str) -> Path:
        with closing(Database(self._settings.postgres_dsn, connections=1)) as database:
            snapshot = PostgresDatasets(database).get(name)
        if snapshot is None:
            raise NotFound(f"There is no dataset {name}.")
        self._say(f"Fetching the photos of {name}.")
        return lesson_folder(
            snapshot, self._settings.data_dir / "datasets", build_photo_store(self._settings)
        )

    def _drawn(self, recipe: Recipe) -> Path:
        drawing = recipe.drawing
        if drawing is None:
            raise NotFound(f"The recipe {recipe.name} draws no tyres: name a dataset.")
        folder = self._settings.data_dir / "drawn" / f"{drawing.count}-seed-{drawing.seed}-{drawing.size}px"
        if not (folder / "manifest.csv").is_file():
            self._say(f"Drawing {drawing.count} photos.")
            write_folder(folder, count=drawing.count, seed=drawing.seed, size=drawing.size)
        return folder

    def _start(self, scratch: Path) -> Path | None:
        start = self._orders.get("start")
        return fetch_version(str(start), scratch, self._settings) if start else None

    def _register(self, made: MadeModel, book: LessonBook, log: RunLog) -> int:
        tags = {**hash_tags(made.folder), JOB_TAG: self._job_id, "dataset_sha256": book.sha256}
        tags |= {DATASET_TAG: str(self._orders.get("dataset") or "")}
        description = str(made.card.recipe["description"] or made.card.recipe["name"])
        version = self._registry.register(made.folder, description=description, tags=tags, run_id=log.run_id)
        self._remember(version, made, log.run_id)
        self._say(f"Registered as version {version}.")
        return version

    def _remember(self, version: int, made: MadeModel, run_id: str | None) -> None:
        """Receipts find here which version learned from which snapshot, and in which run."""
        card = {**made.card.model_dump(mode="json"), "run_id": run_id or ""}
        with closing(Database(self._settings.postgres_dsn, connections=1)) as database:
            keep_model_version(database, made.card.model, version, card)  # as predictions name it

    def _examine(self, version: int) -> Mapping[str, Any]:
        self._told.progress({"stage": "exam"}, "Holding the exam.")
        questions = exam_desk.questions_for_exam((), self._settings, self._say)
        result = exam_desk.examine_version(version, self._registry, questions)
        exam_desk.write_down(result, self._registry, self._settings, self._say)
        run_id = next(one.run_id for one in self._registry.versions() if one.version == version)
        return {"run_id": run_id, "exam": result.summary(), "wall": wall_of(result)}

    def _watch(self, recipe: Recipe, log: RunLog) -> Watch:
        epochs, last = recipe.fitting.epochs, [-1]

        def watch(epoch: int, share: float, figures: Figures | None) -> None:
            if figures is not None:
                log.epoch(epoch, figures)
                told = ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
                self._told.progress(
                    {"stage": "training", "epoch": epoch, "of": epochs, "figures": figures},
                    f"epoch {epoch} of {epochs}: {told}",
                )
            elif (step := int((epoch + share) * TOLD_PER_EPOCH)) > last[0]:
                last[0] = step
                self._told.progress({"stage": "training", "epoch": round(epoch + share, 2), "of": epochs})

        return watch

    def _say(self, line: str) -> None:
        self._told.progress({"stage": "preparing"}, line)
