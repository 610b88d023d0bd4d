"""People and their answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from streamlit_ui.shown import Shown
from streamlit_ui.texts import Language, Texts, texts_in
from tests.contract.people import prediction_of
from tyreloop.domain.photos import Prediction, Visitor, new_visitor


@pytest.fixture
def english() -> Texts:
    return texts_in(Language.ENGLISH)


@pytest.fixture
def korean() -> Texts:
    return texts_in(Language.KOREAN)


@pytest.fixture
def alice() -> Visitor:
    return new_visitor()


@pytest.fixture
def a_prediction(alice: Visitor) -> Callable[..., Prediction]:
    def make(**changes: Any) -> Prediction:
        return prediction_of(alice, **changes)

    return make


@pytest.fixture
def on_screen(a_prediction: Callable[..., Prediction]) -> Shown:
    """An answer that was given a moment ago."""
    return Shown(a_prediction(), picture=None, is_fresh=True)
