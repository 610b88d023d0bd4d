"""An answer on the screen: photo, verdict, and the thumbs at the lower right."""

from __future__ import annotations

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.screens.thumbs import draw_thumbs
from streamlit_ui.view_models.verdict import VerdictView
from streamlit_ui.visit import Shown


def draw_answer(answer: Shown) -> None:
    """Side by side on a desktop, one below the other on a phone."""
    photo, verdict = st.columns([1, 1], gap="medium")
    with photo:
        _draw_photo(answer)
    with verdict:
        draw_verdict(VerdictView.of(answer.prediction, visit.texts()))
        draw_thumbs(answer)


def _draw_photo(answer: Shown) -> None:
    say = visit.texts()
    if answer.picture is None:
        st.info(say("inspect.photo_gone"), icon=":material/image_not_supported:")
        return
    st.image(answer.picture, width="stretch", alt=say("inspect.photo_alt"))


def draw_verdict(view: VerdictView) -> None:
    """One plain sentence with colour and icon; then what to do, how sure, and who says so."""
    with st.container(border=True, key=f"verdict-{view.tone}"):
        st.markdown(f"## :{view.colour}[{view.icon} {view.headline}]", anchors=False)
        st.markdown(view.advice)
        if view.probability:
            st.progress(view.damage_share, text=view.probability)
        st.caption(view.details)
