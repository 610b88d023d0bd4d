from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import pytest

from tests.contract.people import a_key, a_verdict, at, prediction_of
from tyreloop.adapters import memory
from tyreloop.adapters.feedback import receivers_in
from tyreloop.adapters.memory.reviews import MemoryReviews, audit_place
from tyreloop.adapters.memory.staff import MemoryAuditLog
from tyreloop.domain.feedback import Correction, Label, Vote
from tyreloop.domain.photos import Answer, Prediction, UnusableReason, Visitor, new_prediction_id, new_visitor
from tyreloop.domain.reviews import AUDIT_SHARE
from tyreloop.domain.staff import Actor, Role
from tyreloop.loop_ports import AuditLog, Reviewing
from tyreloop.ports import Feedback
from tyreloop.store.db import Database
from tyreloop.store.reviews import PostgresReviews
from tyreloop.store.staff import PostgresAuditLog

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

    using: Reviewing
    feedback: Feedback
    audit: AuditLog
    time: Time
    visitor: Visitor

    def prediction(
        self,
        answer: Answer = Answer.GOOD,
        *,
        in_sample: bool = False,
        novelty: float | None = None,
        **changes: Any,
    ) -> Prediction:
        reason = UnusableReason.NOT_A_TYRE if answer is Answer.UNUSABLE else None
        verdict = replace(a_verdict(answer, reason), novelty=novelty)
        prediction = prediction_of(self.visitor, id=_an_id(in_sample), verdict=verdict, **changes)
        self.feedback.predictions.add(prediction)
        return prediction

    def correction(self, answer: Answer, label: Label, *, minutes: float = 1, **changes: Any) -> Prediction:
        prediction = self.prediction(answer, **changes)
        self.correct(prediction, label, minutes=minutes)
        return prediction

    def correct(self, prediction: Prediction, label: Label, *, minutes: float) -> None:
        correction = Correction(prediction.id, prediction.visitor, label, at(minutes))
        self.feedback.corrections.give(correction, key=a_key())

    def dislike(self, prediction: Prediction) -> None:
        vote = Vote(prediction.id, prediction.visitor, liked=False, cast_at=at(1))
        self.feedback.votes.cast(vote, key=a_key())


def _an_id(in_sample: bool) -> Any:
    return next(
        id_ for id_ in (new_prediction_id() for _ in count()) if (audit_place(id_) < AUDIT_SHARE) == in_sample
    )


def a_queue_in(database: Database) -> Queue:
    time = Time()
    return Queue(
        Reviewing(PostgresReviews(database), time),
        receivers_in(database).feedback,
        PostgresAuditLog(database),
        time,
        new_visitor(),
    )


@pytest.fixture(params=["memory", "postgres"])
def queue(request: pytest.FixtureRequest) -> Queue:
    if request.param == "postgres":
        return a_queue_in(request.getfixturevalue("database"))
    predictions, audit, time = memory.MemoryPredictions(), MemoryAuditLog(), Time()
    votes, corrections = memory.MemoryVotes(predictions), memory.MemoryCorrections(predictions)
    reviews = MemoryReviews(predictions, votes, corrections, audit)
    feedback = Feedback(predictions, votes, corrections, time)
    return Queue(Reviewing(reviews, time), feedback, audit, time, new_visitor())
