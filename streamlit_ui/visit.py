"""One visitor's session in the browser: who, in which language, and which answer is on the screen."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import streamlit as st

from streamlit_ui.api_client import Heat
from streamlit_ui.language import language_of
from streamlit_ui.services import services
from streamlit_ui.texts import Texts, texts_in
from tyreloop.domain.correction import Correction
from tyreloop.domain.prediction import Prediction
from tyreloop.domain.visitor import Visitor, new_visitor
from tyreloop.domain.vote import Vote
from tyreloop.ports import IdempotencyKey

LANGUAGE, SHOWN, STRANGER = "language", "shown", "stranger"


@dataclass(slots=True)
class Shown:
    """The answer on the screen, with what this visitor has said about it."""

    prediction: Prediction
    picture: bytes | None  # a small upright JPEG
    heat: Heat | None = None
    vote: Vote | None = None
    correction: Correction | None = None
    is_fresh: bool = False  # answered in this session: the service may still be writing it down
    is_queued: bool = False  # the last word waits for the database


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


def new_key() -> IdempotencyKey:
    """One for each act of a visitor."""
    return IdempotencyKey(uuid4().hex)
