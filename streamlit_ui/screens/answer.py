"""An answer on the screen: photo, verdict, the thumbs at the lower right, and what is right."""

from __future__ import annotations

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.feedback_actions import submit_label
from streamlit_ui.links import draw_link
from streamlit_ui.photo_viewer import draw_photo
from streamlit_ui.screens.acts import attempt, draw_failure
from streamlit_ui.screens.right_answer import draw_right_answer, right_answer_of
from streamlit_ui.screens.thumbs import draw_thumbs
from streamlit_ui.services import services
from streamlit_ui.shown import Shown
from streamlit_ui.view_models.heat import HeatView
from streamlit_ui.view_models.right_answer import said_lines
from streamlit_ui.view_models.verdict import VerdictView
from tyreloop.domain.feedback import Label, Spot


@st.fragment
def draw_answer(answer: Shown) -> None:
    """The verdict first: beside the photo at a desk, above it on a phone. A vote runs only this again."""
    with st.container(key="answer"):
        words, photo = st.columns([1, 1], gap="medium")
    with words:
        draw_verdict(VerdictView.of(answer.prediction, visit.texts()))
        if answer.not_kept:
            st.info(visit.texts()(answer.not_kept), icon=":material/cloud_off:")
        if answer.is_own:
            draw_thumbs(answer)
            draw_failure()
            draw_right_answer(answer)
        else:
            _draw_what_visitor_says(answer)
    with photo:
        _draw_photo(answer)


def _draw_what_visitor_says(answer: Shown) -> None:
    """For the staff: to look at, not to speak in the visitor's name."""
    say = visit.texts()
    st.info(say("inspect.as_staff"), icon=":material/badge:")
    for line in said_lines(answer.vote, answer.correction, say):
        st.markdown(line)
    if answer.correction is not None:
        draw_link("receipt", say("pages.receipt"), icon="receipt_long", prediction_id=answer.prediction.id)


def _draw_photo(answer: Shown) -> None:
    say, heat = visit.texts(), HeatView.of(answer.prediction, answer.heat, visit.texts())
    if answer.picture is None:
        st.info(say("inspect.photo_gone"), icon=":material/image_not_supported:")
        return
    right = right_answer_of(answer, say)
    draw_photo(
        answer.picture,
        key=f"answer-photo-{answer.prediction.id}",
        heat=heat.grid,
        outline=heat.outline,
        spot=answer.correction.spot if answer.correction else None,
        on_tap=(lambda spot: _mark(answer, spot)) if right.takes_spot and answer.is_own else None,
    )
    if heat.line:
        st.caption(heat.line)


def _mark(answer: Shown, spot: Spot) -> None:
    kinds, using = answer.correction.kinds if answer.correction else (), services().stores
    attempt(lambda: submit_label(answer, label=Label.DEFECTIVE, using=using, spot=spot, kinds=kinds))


def draw_verdict(view: VerdictView, *, place: str = "") -> None:
    """A sentence with colour and icon; what it is and means, what to do, how sure, and who says so."""
    with st.container(border=True, key=f"verdict-{view.tone}{place}"):
        st.markdown(f"## :{view.colour}[{view.icon} {view.headline}]", anchors=False)
        if view.badge:
            st.markdown(view.badge)
        for line in (*view.meaning, view.advice):
            st.markdown(line)
        if view.probability:
            st.progress(view.damage_share, text=view.probability)
        st.caption(view.details)
