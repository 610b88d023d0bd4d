"""One visitor's session in the browser: who, in which language, and which answer is on the screen."""

from __future__ import annotations

from datetime import tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from streamlit_ui.language import language_of
from streamlit_ui.services import services
from streamlit_ui.shown import Shown
from streamlit_ui.texts import Texts, texts_in
from tyreloop.domain.photos import Visitor, new_visitor

LANGUAGE, SHOWN, STRANGER = "language", "shown", "stranger"


def visitor() -> Visitor:
    """Whom the cookie names; a browser without cookies is a stranger for as long as the page is open."""
    named = services().signer.read(st.context.cookies)
    if named is None:
        named = st.session_state.setdefault(STRANGER, new_visitor())
    return named


def texts() -> Texts:
    """The texts in this visitor's language."""
    chosen = st.session_state.get(LANGUAGE)
    return texts_in(language_of(chosen=chosen, cookies=st.context.cookies, locale=st.context.locale))


def shown() -> Shown | None:
    """The answer on the screen, if there is one."""
    found: Shown | None = st.session_state.get(SHOWN)
    return found


def show(answer: Shown | None) -> None:
    """Put an answer on the screen, or clear it."""
    st.session_state[SHOWN] = answer


def zone() -> tzinfo:
    """The time zone of this visitor's browser."""
    try:
        return ZoneInfo(st.context.timezone or services().settings.tz)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(services().settings.tz)
