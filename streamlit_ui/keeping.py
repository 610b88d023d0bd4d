"""Whether we may keep a photo: the visitor's choice, remembered as long as the visit lasts."""

from __future__ import annotations

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.services import services

CHOICE, REMEMBERED = "keep-photo", "keep_photo"


def may_keep() -> bool:
    """What the visitor chose last; a photo that we may not keep is stored nowhere."""
    return bool(st.session_state.get(REMEMBERED, True))


def draw_choice() -> None:
    """The choice, and one line on what is kept."""
    say = visit.texts()
    st.session_state[REMEMBERED] = st.checkbox(say("upload.keep"), value=may_keep(), key=CHOICE)
    st.caption(say("upload.kept", days=services().settings.photo_retention_days))
