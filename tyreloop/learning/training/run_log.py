"""One training as one MLflow run; a registry that does not answer never costs a training."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_MAX_RETRIES, MLFLOW_HTTP_REQUEST_TIMEOUT
from mlflow.exceptions import MlflowException

from tyreloop.learning.datasets.lesson_book import LessonBook
from tyreloop.learning.make_model import MadeModel
from tyreloop.learning.recipe import Recipe
from tyreloop.learning.training.run_pictures import run_pictures

EXPERIMENT = "training"


class RunLog:
    """Writes down a training as it goes, until the registry fails once; then it says so and is silent."""

    def __init__(self, tracking_uri: str, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self.run_id: str | None = None
        # MLflow's own defaults wait for minutes when a port is closed.
        MLFLOW_HTTP_REQUEST_MAX_RETRIES.set(1)
        MLFLOW_HTTP_REQUEST_TIMEOUT.set(10)
        self._client = MlflowClient(tracking_uri)

    def start(self, recipe: Recipe, book: LessonBook, command: str) -> None:
        def begin() -> None:
            self.run_id = self._client.create_run(self._experiment(), run_name=recipe.name).info.run_id
            params = [Param(name, str(value)[:500]) for name, value in flat(recipe.model_dump(mode="json"))]
            tags = [RunTag(name, value) for name, value in _tags(book, command).items()]
            self._client.log_batch(self.run_id, params=params, tags=tags)
            self._client.log_text(self.run_id, environment(), "environment.txt")

        self._try(begin)

    def epoch(self, number: int, figures: dict[str, float]) -> None:
        metrics = [Metric(name, value, 0, number) for name, value in figures.items()]
        self._try(lambda: self._client.log_batch(str(self.run_id), metrics=metrics), needs_run=True)

    def finish(self, made: MadeModel) -> None:
        def end() -> None:
            run_id = str(self.run_id)
            for name, picture in run_pictures(made).items():
                self._client.log_image(run_id, picture, name)
            self._client.log_dict(run_id, made.card.metrics, "metrics.json")
            self._client.log_metric(run_id, "training_seconds", made.seconds)
            self._client.set_terminated(run_id)

        self._try(end, needs_run=True)

    def _experiment(self) -> str:
        known = self._client.get_experiment_by_name(EXPERIMENT)
        return str(known.experiment_id if known else self._client.create_experiment(EXPERIMENT))

    def _try(self, work: Callable[[], Any], *, needs_run: bool = False) -> None:
        if needs_run and self.run_id is None:
            return
        try:
            work()
        except (MlflowException, OSError) as error:
            self.run_id = None
            self._tell(f"This training is not written down in MLflow: {str(error).splitlines()[0][:160]}")


def flat(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested settings as dotted names."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _tags(book: LessonBook, command: str) -> dict[str, str]:
    return {
        "dataset": book.name,
        "dataset_sha256": book.sha256,
        "dataset_counts": json.dumps(book.count()),
        "git_commit": git_commit(),
        "command": command,
    }


def git_commit() -> str:
    """The commit of the code that trains, with a plus where files were changed since."""
    here = Path(__file__).parent
    try:
        commit = _git("rev-parse", "HEAD", folder=here)
        return commit + ("+" if _git("status", "--porcelain", "--", ".", folder=here) else "")
    except (OSError, subprocess.SubprocessError):
        return "unknown"


def _git(*words: str, folder: Path) -> str:
    command = ["git", *words]  # found on the path: a developer's machine, not the service
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=10)  # noqa: S603
    return done.stdout.strip()


def environment() -> str:
    """Every installed package with its version."""
    return "\n".join(sorted({f"{found.name}=={found.version}" for found in distributions()})) + "\n"
