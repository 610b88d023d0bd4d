"""A report to hand over: made by one press, opened by its link, taken back by another."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.screens.acts import attempt
from streamlit_ui.screens.messages import draw_problem
from streamlit_ui.services import services
from streamlit_ui.staff import api
from streamlit_ui.view_models.figures import moment_in_words
from tyreloop.client import MadeReport
from tyreloop.domain.errors import TyreloopError
from tyreloop.domain.photos import PredictionId
from tyreloop.domain.reports import ReportId
from tyreloop.use_cases.reports import open_reports_of, take_report_back

MADE, TAKEN_BACK = "made_report", "report_was_taken_back"


def draw_report(predictions: Sequence[PredictionId], label: str) -> None:
    """The button, and below it the report that was just made of these answers."""
    say = visit.texts()
    if st.button(label, icon=":material/picture_as_pdf:", key="make-report"):
        with st.spinner(say("report.making")):
            attempt(lambda: _make(predictions))
    of, made = st.session_state.get(MADE, ((), None))
    if made is not None and of == tuple(predictions):
        _draw_made(made)


def draw_open_reports() -> None:
    """Every link that is open, each with the button that closes it."""
    say = visit.texts()
    if st.session_state.pop(TAKEN_BACK, False):
        st.success(say("report.taken_back"), icon=":material/check:")
    try:
        found = open_reports_of(visit.visitor(), using=services().stores)
    except TyreloopError as error:
        draw_problem(error)
        return
    if not found:
        return
    with st.expander(say("report.yours"), icon=":material/link:"):
        for report in found:
            when, until = (moment_in_words(at, visit.zone()) for at in (report.made_at, report.expires_at))
            with st.container(horizontal=True, vertical_alignment="center", key=f"report-{report.id}"):
                st.markdown(say("report.row", when=when, count=len(report.predictions), until=until))
                _draw_take_back(report.id)


def _make(predictions: Sequence[PredictionId]) -> None:
    language = visit.texts().language.value
    made = api().make_report(predictions, visitor=visit.visitor(), language=language)
    st.session_state[MADE] = (tuple(predictions), made)


def _draw_made(made: MadeReport) -> None:
    say = visit.texts()
    with st.container(border=True, key="report-made"):
        st.markdown(say("report.ready", until=moment_in_words(made.expires_at, visit.zone())))
        with st.container(horizontal=True):
            address = urlsplit(made.link).path  # here the pages are reached, wherever that is
            st.link_button(say("report.open"), address, icon=":material/open_in_new:", type="primary")
            _draw_take_back(made.id)
        st.code(made.link, language=None, wrap_lines=True)


def _draw_take_back(report_id: ReportId) -> None:
    label, key = visit.texts()("report.take_back"), f"take-back-{report_id}"
    st.button(label, icon=":material/link_off:", key=key, on_click=_take_back, args=(report_id,))


def _take_back(report_id: ReportId) -> None:
    def act() -> None:
        take_report_back(report_id, by=visit.visitor(), using=services().stores)
        st.session_state.pop(MADE, None)
        st.session_state[TAKEN_BACK] = True

    attempt(act)
