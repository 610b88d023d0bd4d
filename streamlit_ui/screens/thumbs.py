"""Like or dislike, at the lower right: given, changed, taken back; the verdict stays."""

from __future__ import annotations

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.feedback_actions import say_vote, take_vote_back
from streamlit_ui.screens.acts import attempt
from streamlit_ui.services import services
from streamlit_ui.shown import Shown
from streamlit_ui.view_models.voting import UP, VoteView


def draw_thumbs(answer: Shown) -> None:
    """The thumbs show the vote that is kept, not the one that was touched."""
    say, key = visit.texts(), f"vote-{answer.prediction.id}"
    view = VoteView.of(answer.vote, say, is_queued=answer.is_queued)
    st.session_state[key] = view.thumb
    with st.container(
        horizontal=True, horizontal_alignment="right", vertical_alignment="center", key="thumbs"
    ):
        st.markdown(view.line, width="content")
        if view.can_undo:
            st.button(say("vote.undo"), type="tertiary", key="undo-vote", on_click=_undo, args=(answer,))
        st.feedback("thumbs", key=key, on_change=_vote, args=(answer, key))


def _vote(answer: Shown, key: str) -> None:
    thumb, using = st.session_state[key], services().stores
    if thumb is None:
        _undo(answer)
    else:
        attempt(lambda: say_vote(answer, liked=thumb == UP, using=using))


def _undo(answer: Shown) -> None:
    attempt(lambda: take_vote_back(answer, using=services().stores))
