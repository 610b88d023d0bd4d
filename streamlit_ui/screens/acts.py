"""A page's main act, always in sight; and acts attempted: a failure is shown where it happened."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
import structlog

from streamlit_ui.screens.messages import draw_problem
from tyreloop.domain.errors import TyreloopError

FAILURE = "failure_of_an_act"
log = structlog.get_logger(__name__)


def attempt(act: Callable[[], None], *, at: str = "") -> None:
    """Do it; keep its failure for the next drawing, at the place of the act where a page has several."""
    try:
        act()
    except TyreloopError as error:
        log.info("act_refused", code=error.code, reason=str(error))
        st.session_state[FAILURE + at] = error


def draw_failure(at: str = "") -> None:
    """The failure of the last act, once."""
    error = st.session_state.pop(FAILURE + at, None)
    if error is not None:
        draw_problem(error, is_read=False)


def draw_act(
    key: str,
    label: str,
    *,
    icon: str = "search",
    disabled: bool = False,
    on_click: Callable[[], None] | None = None,
) -> bool:
    """The one thing that a page is for: on a phone it stays above the menu while the page scrolls."""
    with st.container(key=f"main-act-{key}"):
        return st.button(
            label,
            type="primary",
            icon=f":material/{icon}:",
            width="stretch",
            disabled=disabled,
            on_click=on_click,
            key=key,
        )


def draw_advice() -> None:
    """Where the browser says what it sees in a photo before it travels (`browser/photos.js`)."""
    st.html('<p class="photo-advice" role="status"></p>')
