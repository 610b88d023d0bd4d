"""The exam: a candidate and the model in Production answer the same photos, never a lesson."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tyreloop.domain.photos import Answer
from tyreloop.learning.datasets.lesson_book import LessonBook, Part
from tyreloop.learning.judging.answers import Given, give_answers
from tyreloop.learning.judging.evaluation import evaluate
from tyreloop.learning.judging.labelled_folder import LabelledPhoto
from tyreloop.learning.judging.scores import mcnemar
from tyreloop.vision.bundle import LoadedModel

CLEARLY = 0.05
"""A difference less likely than this between two equal models is called clear."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One question with both answers."""

    candidate: Given
    production: Given | None

    @property
    def outcome(self) -> str:
        """What a promotion would change for this photo."""
        now = is_answered_right(self.candidate)
        before = now if self.production is None else is_answered_right(self.production)
        if now and not before:
            return "fixed"
        return "broke" if before and not now else "same"


@dataclass(slots=True)
class ExamResult:
    """What came of an exam, and what speaks against a promotion."""

    candidate: int
    production: int | None
    questions: list[Compared]
    figures: dict[str, Any] = field(default_factory=dict)
    objections: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.objections

    def summary(self) -> dict[str, Any]:
        """For the release's row and for programs."""
        return {
            "candidate": self.candidate,
            "production": self.production,
            "questions": len(self.questions),
            "passed": self.passed,
            "objections": self.objections,
            **self.figures,
        }


def is_answered_right(given: Given) -> bool:
    """A tyre by the class the model leans to, sure or not; anything else by being refused."""
    if given.photo.is_judgeable:
        return given.is_right
    return given.answer == Answer.UNUSABLE.value


def exam_questions(books: Sequence[LessonBook]) -> list[LabelledPhoto]:
    """The exam photos of all datasets, each picture once."""
    seen: set[str] = set()
    questions = []
    for book in books:
        for entry in book.of(Part.EXAM):
            if entry.sha256 not in seen:
                seen.add(entry.sha256)
                questions.append(LabelledPhoto(book.folder / entry.file, entry.label))
    return questions


def hold_exam(
    questions: Sequence[LabelledPhoto],
    candidate: LoadedModel,
    production: LoadedModel | None,
    *,
    tell: Callable[[int], None] | None = None,
) -> ExamResult:
    """Ask both models everything and compare."""
    ours = give_answers(questions, candidate, tell=tell)
    theirs = give_answers(questions, production, tell=tell) if production else [None] * len(ours)
    compared = [Compared(mine, other) for mine, other in zip(ours, theirs, strict=True)]
    result = ExamResult(candidate.ref.version, production.ref.version if production else None, compared)
    result.figures = _figures(compared)
    result.objections = _objections(result.figures)
    return result


def _figures(compared: Sequence[Compared]) -> dict[str, Any]:
    outcomes = [question.outcome for question in compared]
    fixed, broke = outcomes.count("fixed"), outcomes.count("broke")
    figures: dict[str, Any] = {
        "fixed": fixed,
        "broke": broke,
        "same": outcomes.count("same"),
        "mcnemar_p": mcnemar(fixed, broke),
        "candidate_figures": evaluate([question.candidate for question in compared]),
    }
    theirs = [question.production for question in compared if question.production is not None]
    if theirs:
        figures["production_figures"] = evaluate(theirs)
    return figures


def _objections(figures: dict[str, Any]) -> list[str]:
    before = figures.get("production_figures")
    if before is None:
        return []
    objections = []
    missed, missed_before = _missed(figures["candidate_figures"]), _missed(before)
    if missed > missed_before:
        objections.append(f"it misses {missed} defective tyres where Production misses {missed_before}")
    if figures["broke"] > figures["fixed"] and figures["mcnemar_p"] < CLEARLY:
        chance = f"p = {figures['mcnemar_p']:.2g}"
        objections.append(
            f"it is clearly worse: {figures['broke']} broke, {figures['fixed']} fixed, {chance}"
        )
    return objections


def _missed(figures: dict[str, Any]) -> int:
    return int(figures.get("defective_missed", {}).get("hits", 0))
