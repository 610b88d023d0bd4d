"""Release: what is in Production since when and by whom, what could be, and the way back."""

from __future__ import annotations

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.screens.acts import attempt, draw_failure
from streamlit_ui.screens.messages import draw_problem
from streamlit_ui.staff import admit, promoting
from streamlit_ui.view_models.loop import MOMENT, candidate_line
from tyreloop.domain.candidate import Candidate
from tyreloop.domain.errors import TyreloopError
from tyreloop.use_cases.promote_version import list_candidates, promote_version, roll_back_version

PAGE, REASON, FORCE, SHOWN = "release", "release_reason", "release_force", 20


def draw() -> None:
    """The page."""
    st.title(visit.texts()("release.title"), anchor=False)
    try:
        _draw()
    except TyreloopError as error:
        draw_problem(error)


def _draw() -> None:
    say, who = visit.texts(), admit(PAGE)
    draw_failure()
    _draw_history()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(say("release.reason"), key=REASON)
        st.checkbox(say("release.force"), key=FORCE)
        st.button(say("release.back"), icon=":material/undo:", on_click=_roll_back, key="roll-back")
    for one in list_candidates(by=who, using=promoting())[:SHOWN]:
        _draw_candidate(one)


def _draw_history() -> None:
    say, releases = visit.texts(), promoting().releasing.releases.latest(limit=5)
    for release in releases:
        when = release.released_at.astimezone(visit.zone()).strftime(MOMENT)
        by = release.released_by.removeprefix("user:")
        key = f"release.{release.kind}"
        st.markdown(say(key, version=release.to_version, when=when, by=by, reason=release.reason or "–"))


def _draw_candidate(one: Candidate) -> None:
    say = visit.texts()
    with st.container(border=True, key=f"candidate-{one.version}"):
        st.markdown(candidate_line(one, say, visit.zone()))
        if one.is_in_production:
            st.badge(say("release.in_production"), color="green", icon=":material/check:")
        else:
            st.button(
                say("release.promote"), key=f"promote-{one.version}", on_click=_promote, args=(one.version,)
            )


def _promote(version: int) -> None:
    reason, force = st.session_state[REASON], st.session_state[FORCE]

    def promote() -> None:
        promote_version(version, by=admit(PAGE), using=promoting(), reason=reason, force=force)

    attempt(promote)


def _roll_back() -> None:
    reason = st.session_state[REASON]

    def roll_back() -> None:
        roll_back_version(by=admit(PAGE), using=promoting(), reason=reason)

    attempt(roll_back)
