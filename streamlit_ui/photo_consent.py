"""What the visitor chose about photos: whether we may keep them, and whether one is judged at once."""

from __future__ import annotations

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.services import services

KEEP, KEPT_CHOICE = "keep-photo", "keep_photo"


def may_keep() -> bool:
    """What the visitor chose last; a photo that we may not keep is stored nowhere.

    A tick that is taken away and a press that follows at once arrive together: the box itself knows first.
    """
    return bool(st.session_state.get(KEEP, st.session_state.get(KEPT_CHOICE, True)))


def draw_choices() -> None:
    """Both choices, and one line on what is kept."""
    say = visit.texts()
    st.session_state[visit.AT_ONCE] = st.checkbox(
        say("upload.at_once"), value=visit.judges_at_once(), key=visit.AT_ONCE_BOX
    )
    draw_consent()


def draw_consent() -> None:
    """Whether we may keep the photos, remembered as long as the visit lasts."""
    say = visit.texts()
    st.session_state[KEPT_CHOICE] = st.checkbox(say("upload.keep"), value=may_keep(), key=KEEP)
    st.caption(say("upload.kept", days=services().settings.photo_retention_days))
