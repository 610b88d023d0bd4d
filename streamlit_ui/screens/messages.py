"""Sentences about what went wrong, drawn the same way on every page."""

from __future__ import annotations

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.services import services
from streamlit_ui.view_models.problem import ProblemView
from tyreloop.domain.errors import TyreloopError


def draw_problem(error: TyreloopError, *, is_read: bool = True) -> None:
    """One sentence, and the request's number where there is one."""
    megabytes = services().settings.photo_max_megabytes
    view = ProblemView.of(error, visit.texts(), megabytes=megabytes, is_read=is_read)
    st.error(view.sentence, icon=":material/error:")
    if view.request_id:
        st.caption(view.request_id)
