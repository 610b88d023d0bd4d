"""Every sentence of the contract is asked of the in-memory twins and of a real Postgres."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.contract.people import prediction_of
from tyreloop.adapters import memory, postgres
from tyreloop.domain.prediction import Prediction
from tyreloop.domain.visitor import Visitor, new_visitor
from tyreloop.ports import Erasures, Feedback, Releases


@pytest.fixture(params=["memory", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def feedback(kind: str, request: pytest.FixtureRequest) -> Feedback:
    if kind == "memory":
        predictions = memory.MemoryPredictions()
        votes, corrections = memory.MemoryVotes(predictions), memory.MemoryCorrections(predictions)
        return Feedback(predictions, votes, corrections, _now)
    database = request.getfixturevalue("database")
    return Feedback(
        postgres.PostgresPredictions(database),
        postgres.PostgresVotes(database),
        postgres.PostgresCorrections(database),
        _now,
    )


@pytest.fixture
def erasures(kind: str, feedback: Feedback, request: pytest.FixtureRequest) -> Erasures:
    if isinstance(feedback.predictions, memory.MemoryPredictions):
        return memory.MemoryErasures(feedback.predictions)
    return postgres.PostgresErasures(request.getfixturevalue("database"))


@pytest.fixture
def releases(kind: str, request: pytest.FixtureRequest) -> Releases:
    if kind == "memory":
        return memory.MemoryReleases()
    return postgres.PostgresReleases(request.getfixturevalue("database"))


@pytest.fixture
def alice() -> Visitor:
    return new_visitor()


@pytest.fixture
def bob() -> Visitor:
    return new_visitor()


@pytest.fixture
def a_prediction(feedback: Feedback, alice: Visitor) -> Prediction:
    prediction = prediction_of(alice)
    feedback.predictions.add(prediction)
    return prediction
