"""The heat of an answer that is not fresh any more: as it was kept, else asked for again."""

from __future__ import annotations

import structlog

from streamlit_ui.services import services
from streamlit_ui.shown import Shown
from streamlit_ui.staff import api
from tyreloop.client import Heat
from tyreloop.domain.errors import TyreloopError
from tyreloop.domain.photos import Answer, Prediction

log = structlog.get_logger(__name__)


def heat_again(prediction: Prediction) -> Heat | None:
    """None where there is none to show, or it cannot be had: the model of then may not serve any more."""
    if prediction.answer is not Answer.DEFECTIVE:
        return None
    try:
        kept = services().stores.heats.get(prediction.id)
    except TyreloopError:
        kept = None
    return Heat.of(kept) if kept else api().heat_of(prediction)


def keep_heat(on: Shown) -> None:
    """For the receipt, which shows it when another model answers; without it, it says less and no wrong."""
    if on.heat is None or on.correction is None or on.is_queued:
        return
    try:
        services().stores.heats.keep(on.prediction.id, on.heat.body)
    except TyreloopError as error:
        log.info("heat_not_kept", code=error.code)
