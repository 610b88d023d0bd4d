"""What a visitor says, attempted; a failure is shown where it happened and changes nothing else."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
import structlog

from streamlit_ui.screens.messages import draw_problem
from tyreloop.domain.errors import TyreloopError

FAILURE = "failure_of_an_act"
log = structlog.get_logger(__name__)


def attempt(act: Callable[[], None]) -> None:
    """Do it; keep its failure for the next drawing."""
    try:
        act()
    except TyreloopError as error:
        log.info("act_refused", code=error.code, reason=str(error))
        st.session_state[FAILURE] = error


def draw_failure() -> None:
    """The failure of the last act, once."""
    error = st.session_state.pop(FAILURE, None)
    if error is not None:
        draw_problem(error)
