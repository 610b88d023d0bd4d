"""An answer that an address names: one's own, or any visitor's for somebody of the staff."""

from __future__ import annotations

from streamlit_ui import visit
from streamlit_ui.feedback_actions import recall
from streamlit_ui.heats import heat_again
from streamlit_ui.previews import kept_picture
from streamlit_ui.services import services
from streamlit_ui.shown import Shown
from streamlit_ui.staff import actor
from tyreloop.domain.errors import PredictionNotFound
from tyreloop.domain.photos import Prediction, PredictionId
from tyreloop.domain.staff import Right
from tyreloop.use_cases.photos import read_as_staff, read_prediction


def find(wanted: PredictionId) -> Prediction:
    """The prediction; to everybody else another's looks the same as none."""
    predictions = services().stores.predictions
    try:
        return read_prediction(wanted, by=visit.visitor(), predictions=predictions)
    except PredictionNotFound:
        who = actor()
        if Right.REVIEW not in who.rights:
            raise
        return read_as_staff(wanted, by=who, predictions=predictions)


def open_again(prediction: Prediction) -> Shown:
    """As it was on the screen: photo, heat, and what its visitor said about it."""
    using = services()
    shown = Shown(
        prediction,
        kept_picture(prediction, using.stores.photos),
        heat_again(prediction),
        is_own=prediction.visitor == visit.visitor(),
    )
    return recall(shown, using=using.stores)
