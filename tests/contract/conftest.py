"""Every sentence of the contract is asked of the twins, of a real Postgres, and of the outbox before it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.contract.people import prediction_of, settings_for
from tyreloop.adapters import memory
from tyreloop.adapters.feedback import FeedbackStores, open_feedback, receivers_in
from tyreloop.domain.photos import Prediction, Visitor, new_visitor
from tyreloop.ports import Erasures, Feedback, Releases
from tyreloop.store.models import PostgresReleases
from tyreloop.store.photos import PostgresErasures


@pytest.fixture(params=["memory", "postgres", "outbox"])
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
    if kind == "outbox":
        stores: FeedbackStores = request.getfixturevalue("feedback_stores")
        return stores.feedback
    return receivers_in(request.getfixturevalue("database")).feedback


@pytest.fixture
def feedback_stores(database_dsn: dict[str, Any], tmp_path: Path) -> Iterator[FeedbackStores]:
    stores = open_feedback(settings_for(database_dsn, tmp_path), process="test")
    yield stores
    stores.close()


@pytest.fixture
def erasures(kind: str, feedback: Feedback, request: pytest.FixtureRequest) -> Erasures:
    if isinstance(feedback.predictions, memory.MemoryPredictions):
        return memory.MemoryErasures(feedback.predictions)
    if kind == "outbox":
        stores: FeedbackStores = request.getfixturevalue("feedback_stores")
        return stores.erasures
    return PostgresErasures(request.getfixturevalue("database"))


@pytest.fixture(params=["memory", "postgres"])
def releases(request: pytest.FixtureRequest) -> Releases:
    if request.param == "memory":
        return memory.MemoryReleases()
    return PostgresReleases(request.getfixturevalue("database"))


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
