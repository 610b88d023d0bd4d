"""Every sentence of the contract is asked of a real Postgres, and of the outbox before it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.people import prediction_of, settings_for
from tyreloop.bootstrap import Role, ServingStores, serve_stores
from tyreloop.domain.photos import Prediction, Visitor, new_visitor
from tyreloop.ports import Erasures
from tyreloop.use_cases.stores import Stores


@pytest.fixture(params=["postgres", "outbox"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def feedback(kind: str, request: pytest.FixtureRequest) -> Stores:
    if kind == "outbox":
        serving: ServingStores = request.getfixturevalue("serving")
        return serving.stores
    found: Stores = request.getfixturevalue("stores")
    return found


@pytest.fixture
def serving(database_dsn: dict[str, Any], tmp_path: Path) -> Iterator[ServingStores]:
    opened = serve_stores(settings_for(database_dsn, tmp_path), role=Role.PAGES)
    yield opened
    opened.close()


@pytest.fixture
def erasures(feedback: Stores) -> Erasures:
    return feedback.erasures


@pytest.fixture
def alice() -> Visitor:
    return new_visitor()


@pytest.fixture
def bob() -> Visitor:
    return new_visitor()


@pytest.fixture
def a_prediction(feedback: Stores, alice: Visitor) -> Prediction:
    prediction = prediction_of(alice)
    feedback.predictions.add(prediction)
    return prediction
