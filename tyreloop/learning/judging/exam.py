"""The exam: a candidate and the model in Production answer the same photos, never a lesson."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tyreloop.domain.photos import Answer
from tyreloop.learning.datasets.lesson_book import LessonBook, Part
from tyreloop.learning.judging.answers import Given, give_answers
from tyreloop.learning.judging.evaluation import by_source, evaluate, reliability
from tyreloop.learning.judging.labelled_folder import LabelledPhoto
from tyreloop.models.gate import Answers, Decision, Margins, decide, mcnemar, read_margins, sentences
from tyreloop.vision.bundle import LoadedModel

DECIDING = ("defective_missed", "false_alarms", "coverage", "error_among_sure")
"""The figures that people compare versions by."""


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


@dataclass(frozen=True, slots=True)
class ExamResult:
    """What came of an exam, and what the gate decides from it."""

    candidate: int
    production: int | None
    questions: list[Compared]
    decision: Decision
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def sentences(self) -> list[str]:
        """What decided, in English."""
        return sentences(self.decision.reasons)

    def summary(self) -> dict[str, Any]:
        """For the exam's row and for programs."""
        return {
            "candidate": self.candidate,
            "production": self.production,
            "questions": len(self.questions),
            **self.decision.summary,
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
                file, source = book.folder / entry.file, book.name
                questions.append(LabelledPhoto(file, entry.label, source=source, damage=entry.kinds))
    return questions


def hold_exam(
    questions: Sequence[LabelledPhoto],
    candidate: LoadedModel,
    production: LoadedModel | None,
    *,
    margins: Margins | None = None,
    tell: Callable[[int], None] | None = None,
) -> ExamResult:
    """Ask both models everything, compare, and let the gate decide."""
    ours = give_answers(questions, candidate, tell=tell)
    theirs = give_answers(questions, production, tell=tell) if production else None
    compared = [Compared(mine, theirs[at] if theirs else None) for at, mine in enumerate(ours)]
    return ExamResult(
        candidate.ref.version,
        production.ref.version if production else None,
        compared,
        decide(
            [photo.kind for photo in questions],
            [photo.source for photo in questions],
            _answers(ours),
            _answers(theirs) if theirs else None,
            margins or read_margins(),
        ),
        _figures(compared),
    )


def _answers(given: Sequence[Given]) -> Answers:
    return Answers(
        right=np.array([is_answered_right(one) for one in given], bool),
        sure=np.array([one.is_sure for one in given], bool),
        claimed=np.array([max(one.defective, 1 - one.defective) for one in given], float),
    )


def _figures(compared: Sequence[Compared]) -> dict[str, Any]:
    outcomes = [question.outcome for question in compared]
    fixed, broke = outcomes.count("fixed"), outcomes.count("broke")
    figures: dict[str, Any] = {
        "fixed": fixed,
        "broke": broke,
        "same": outcomes.count("same"),
        "mcnemar_p": mcnemar(fixed, broke),
        **_said_by("candidate", [question.candidate for question in compared]),
    }
    theirs = [question.production for question in compared if question.production is not None]
    return figures | _said_by("production", theirs) if theirs else figures


def _said_by(side: str, answers: Sequence[Given]) -> dict[str, Any]:
    """All figures, those that decide for each source of photos, and how far its claims hold."""
    sources = {
        name: {figure: own[figure] for figure in DECIDING if figure in own}
        for name, own in by_source(answers).items()
    }
    return {
        f"{side}_figures": evaluate(answers),
        f"{side}_sources": sources,
        f"{side}_reliability": reliability(answers),
    }
