"""Which parts of the house answer now; asked seldom, so that a page never waits long for the answer."""

from __future__ import annotations

import streamlit as st

from streamlit_ui.services import services
from streamlit_ui.view_models.banners import HouseState, ModelStatus
from tyreloop.client import ApiProblem
from tyreloop.domain.errors import StoreUnavailable
from tyreloop.domain.photos import new_prediction_id

ASKED_EVERY_SECONDS = 10


@st.cache_data(ttl=ASKED_EVERY_SECONDS, show_spinner=False)
def state_of_house() -> HouseState:
    """As of a few seconds ago."""
    return HouseState(_model(), _database_answers())


def _model() -> ModelStatus | None:
    try:
        return ModelStatus.of(services().api.model())
    except (ApiProblem, ValueError):
        return None


def _database_answers() -> bool:
    try:
        services().stores.predictions.get(new_prediction_id())
    except StoreUnavailable:
        return False
    return True
