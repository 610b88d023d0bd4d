"""One training as one MLflow run; a registry that does not answer never costs a training."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from tyreloop.domain.errors import TyreloopError
from tyreloop.learning.datasets.lesson_book import LessonBook
from tyreloop.learning.made_model import MadeModel
from tyreloop.learning.recipe import Recipe
from tyreloop.learning.training.run_pictures import run_pictures
from tyreloop.models.registry import TrainingRun

EXPERIMENT = "training"


class RunLog:
    """Writes down a training as it goes, until the registry fails once; then it says so and is silent."""

    def __init__(self, tracking_uri: str, tell: Callable[[str], None]) -> None:
        self._tracking_uri = tracking_uri
        self._tell = tell
        self._run: TrainingRun | None = None
        self._shows_photos = False

    @property
    def run_id(self) -> str | None:
        return self._run.id if self._run else None

    def start(self, recipe: Recipe, book: LessonBook, command: str) -> None:
        self._shows_photos = not book.is_of_visitors
        with self._told():
            self._run = TrainingRun(self._tracking_uri, EXPERIMENT, recipe.name)
            params = dict(flat(recipe.model_dump(mode="json")))
            self._run.describe(params, _tags(book, command), {"environment.txt": environment()})

    def epoch(self, number: int, figures: dict[str, float]) -> None:
        with self._told():
            if self._run:
                self._run.measure(number, figures)

    def finish(self, made: MadeModel) -> None:
        with self._told():
            if self._run:
                self._run.measure(0, {"training_seconds": made.seconds})
                pictures = run_pictures(made, with_photos=self._shows_photos)
                self._run.finish(pictures, {"metrics.json": made.card.metrics})

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (TyreloopError, OSError) as error:
            self._run = None
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
