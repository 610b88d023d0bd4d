"""One visitor's session in the browser: who, in which language, and which answer is on the screen."""

from __future__ import annotations

from datetime import tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from streamlit_ui.language import COOKIE, language_of
from streamlit_ui.services import services
from streamlit_ui.shown import Shown
from streamlit_ui.texts import Texts, texts_in
from tyreloop.domain.photos import Visitor, new_visitor

LANGUAGE, SHOWN, STRANGER, AT_ONCE = "language", "shown", "stranger", "judges_at_once"
AT_ONCE_BOX = "at-once"  # the checkbox: its own state is gone when another page is drawn
AT_ONCE_COOKIE, YES, NO = "tyreloop_at_once", "1", "0"


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


def judges_at_once() -> bool:
    """Whether a photo is judged as soon as it is chosen: the choice of this visit, else of the last one."""
    before = st.session_state.get(AT_ONCE, st.context.cookies.get(AT_ONCE_COOKIE) == YES)
    return bool(st.session_state.get(AT_ONCE_BOX, before))


def remembered() -> dict[str, str]:
    """The cookies of this visitor's choices, for the next visit."""
    return {COOKIE: texts().language.value, AT_ONCE_COOKIE: YES if judges_at_once() else NO}


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
