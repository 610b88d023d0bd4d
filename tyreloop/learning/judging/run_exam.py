"""Holds an exam: which photos, which versions; keeps what came of it where every face finds it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tyreloop.domain.errors import BundleRefused, RegistryUnavailable
from tyreloop.domain.models import Exam
from tyreloop.domain.staff import Act, Actor
from tyreloop.learning.datasets.lesson_book import books_in, read_book
from tyreloop.learning.drawing.folder import write_folder
from tyreloop.learning.judging.changed_examples import wall_of
from tyreloop.learning.judging.exam import ExamResult, exam_questions, hold_exam
from tyreloop.learning.judging.exam_page import as_page
from tyreloop.learning.judging.labelled_folder import LabelledPhoto, labelled_photos
from tyreloop.models.gate import Decision
from tyreloop.models.opening import open_version
from tyreloop.models.release import Releasing, version_in_production
from tyreloop.settings import Settings

DRAWN_QUESTIONS = 300
DRAWN_SEED = 777_001
"""Never a training's seed: recipes draw from small ones."""

Tell = Callable[[str], None]


def questions_for_exam(folders: Sequence[Path], settings: Settings, tell: Tell) -> list[LabelledPhoto]:
    """The exam photos of all datasets; where there are none, freshly drawn tyres."""
    books = [*books_in(settings.data_dir / "datasets"), *(read_book(folder) for folder in folders)]
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
    questions: Sequence[LabelledPhoto],
    *,
    by: Actor,
    using: Releasing,
    against: int | None = None,
    tell: Tell = lambda _: None,
) -> ExamResult:
    """Hold the exam for a registered version and keep it; a bundle that is refused has failed before it."""
    opponent = against or version_in_production(using)
    opponent = None if opponent == candidate else opponent
    result = _result(candidate, opponent, questions, using)
    exam = Exam(
        version=candidate,
        against=opponent,
        summary=result.summary(),
        held_by=by.name,
        held_at=using.clock(),
        wall=wall_of(result),
    )
    said = {"outcome": exam.summary["outcome"], "against": opponent, "why": result.sentences}
    act = Act.of(by, "exam_held", f"version:{candidate}", exam.held_at, **said)
    using.models.add_exam(using.model_name, exam, act=act)
    _write_down(result, using, tell)
    return result


def _result(
    candidate: int,
    opponent: int | None,
    questions: Sequence[LabelledPhoto],
    using: Releasing,
) -> ExamResult:
    with TemporaryDirectory(prefix="tyreloop-exam-") as scratch:
        production = None
        if opponent is not None:
            there = Path(scratch) / "production"
            production = open_version(opponent, there, using.registry)
        try:
            model = open_version(candidate, Path(scratch), using.registry)
        except BundleRefused as error:
            return ExamResult(candidate, opponent, [], Decision.refused("bundle_refused", why=str(error)))
        return hold_exam(questions, model, production)


def _write_down(result: ExamResult, using: Releasing, tell: Tell) -> None:
    """The page and the figures beside the candidate's run too; an exam counts even where that fails."""
    texts = {"exam/exam.html": as_page(result), "exam/exam.json": json.dumps(result.summary(), indent=1)}
    try:
        using.registry.write_down(result.candidate, texts)
    except RegistryUnavailable as error:
        tell(f"The exam is not written down in MLflow: {error}")
