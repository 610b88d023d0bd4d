"""Where exams are held: which photos, which versions, and where the result is written down."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from tyreloop.domain.errors import BundleRefused
from tyreloop.learning.datasets.lesson_book import BOOK_FILE, LessonBook, read_book
from tyreloop.learning.drawing.folder import write_folder
from tyreloop.learning.judging.exam import ExamResult, exam_questions, hold_exam
from tyreloop.learning.judging.exam_page import as_page
from tyreloop.learning.judging.labelled_folder import LabelledPhoto, labelled_photos
from tyreloop.learning.releasing.bundles import open_version, registered
from tyreloop.models.gate import Decision
from tyreloop.ports import Registry
from tyreloop.settings import Settings
from tyreloop.vision.bundle import LoadedModel

DRAWN_QUESTIONS = 300
DRAWN_SEED = 777_001
"""Never a training's seed: recipes draw from small ones."""

Tell = Callable[[str], None]


def questions_for_exam(folders: Sequence[Path], settings: Settings, tell: Tell) -> list[LabelledPhoto]:
    """The exam photos of all datasets; where there are none, freshly drawn tyres."""
    home = settings.data_dir / "datasets"
    known = [path.parent for path in sorted(home.glob(f"*/{BOOK_FILE}"))]
    books: list[LessonBook] = [read_book(folder) for folder in [*known, *folders]]
    questions = exam_questions(books)
    if questions:
        return questions
    tell("No dataset has exam photos: asking about drawn tyres, which proves little about real ones.")
    drawn = settings.data_dir / "drawn" / f"exam-{DRAWN_QUESTIONS}-seed-{DRAWN_SEED}"
    if not (drawn / "manifest.csv").is_file():
        write_folder(drawn, count=DRAWN_QUESTIONS, seed=DRAWN_SEED, size=320)
    return labelled_photos(drawn)


def examine_version(
    candidate: int,
    registry: Registry,
    questions: Sequence[LabelledPhoto],
    *,
    against: int | None = None,
    tell: Callable[[int], None] | None = None,
) -> ExamResult:
    """Hold the exam for a registered version; a bundle that is refused has failed before any question."""
    with TemporaryDirectory(prefix="tyreloop-exam-") as scratch:
        production = _opponent(candidate, against, registry, Path(scratch))
        try:
            model = open_version(candidate, Path(scratch), registry)
        except BundleRefused as error:
            number = production.ref.version if production else None
            return ExamResult(candidate, number, [], Decision.refused("bundle_refused", why=str(error)))
        return hold_exam(questions, model, production, tell=tell)


def _opponent(candidate: int, against: int | None, registry: Registry, scratch: Path) -> LoadedModel | None:
    current = registry.production()
    version = against or (current.version if current else None)
    if version is None or version == candidate:
        return None
    return open_version(version, scratch / "production", registry)


def write_down(result: ExamResult, registry: Registry, settings: Settings, tell: Tell) -> None:
    """The page and the figures beside the candidate's run; an exam counts even where that fails."""
    run_id = registered(result.candidate, registry).run_id
    client = MlflowClient(settings.mlflow_tracking_uri)
    try:
        client.log_text(run_id, as_page(result), "exam/exam.html")
        client.log_text(run_id, json.dumps(result.summary(), indent=1), "exam/exam.json")
    except (MlflowException, OSError) as error:
        tell(f"The exam is not written down in MLflow: {str(error).splitlines()[0][:160]}")
