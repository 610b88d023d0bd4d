from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from tests.contract.people import a_key, a_verdict, at, prediction_of
from tyreloop.domain.damage import Outline, SeenKind
from tyreloop.domain.feedback import Correction, Label, Vote
from tyreloop.domain.photos import (
    Answer,
    Prediction,
    PredictionId,
    UnusableReason,
    Visitor,
    new_prediction_id,
    new_visitor,
)
from tyreloop.domain.reviews import AUDIT_SHARE
from tyreloop.domain.staff import Actor, Role
from tyreloop.use_cases.stores import Stores

KIM = Actor("user:kim", Role.REVIEWER.rights, "request-1", is_known=True)
LEE = Actor("user:lee", Role.REVIEWER.rights, "request-2", is_known=True)


class Time:
    """A clock that the test moves, in minutes after noon."""

    def __init__(self) -> None:
        self.minutes = 60.0

    def __call__(self) -> Any:
        return at(self.minutes)


@dataclass
class Queue:
    """The queue, and what visitors put into it."""

    using: Stores
    time: Time
    visitor: Visitor

    def prediction(
        self,
        answer: Answer = Answer.GOOD,
        *,
        in_sample: bool = False,
        novelty: float | None = None,
        kinds: tuple[SeenKind, ...] = (),
        outline: Outline = (),
        **changes: Any,
    ) -> Prediction:
        reason = UnusableReason.NOT_A_TYRE if answer is Answer.UNUSABLE else None
        verdict = replace(a_verdict(answer, reason), novelty=novelty, kinds=kinds, outline=outline)
        prediction = prediction_of(self.visitor, id=_an_id(in_sample), verdict=verdict, **changes)
        self.using.predictions.add(prediction)
        return prediction

    def correction(self, answer: Answer, label: Label, *, minutes: float = 1, **changes: Any) -> Prediction:
        prediction = self.prediction(answer, **changes)
        self.correct(prediction, label, minutes=minutes)
        return prediction

    def correct(self, prediction: Prediction, label: Label, *, minutes: float) -> None:
        correction = Correction(prediction.id, prediction.visitor, label, at(minutes))
        self.using.corrections.save(correction, key=a_key())

    def dislike(self, prediction: Prediction) -> None:
        vote = Vote(prediction.id, prediction.visitor, liked=False, cast_at=at(1))
        self.using.votes.save(vote, key=a_key())


def audit_place(prediction_id: PredictionId) -> float:
    """The place that the database's function of this name gives."""
    return int(sha256(UUID(prediction_id).bytes).hexdigest()[:8], 16) / 2**32


def _an_id(in_sample: bool) -> Any:
    return next(
        id_ for id_ in (new_prediction_id() for _ in count()) if (audit_place(id_) < AUDIT_SHARE) == in_sample
    )


def a_queue_in(stores: Stores) -> Queue:
    time = Time()
    return Queue(replace(stores, clock=time), time, new_visitor())


@pytest.fixture
def queue(stores: Stores) -> Queue:
    return a_queue_in(stores)
