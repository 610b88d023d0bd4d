"""The frame of every page: language, styles, banners, menu."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.browser import script, styles
from streamlit_ui.health import state_of_house
from streamlit_ui.links import draw_link
from streamlit_ui.navigation import Entry, make_pages, open_entries
from streamlit_ui.services import services
from streamlit_ui.texts import Language, Texts
from streamlit_ui.view_models.banners import banners_of

FOLDED = "demo_line_folded"


def run_page() -> None:
    """Draw the frame, then the page that the address names."""
    say = visit.texts()
    st.set_page_config(page_title=say("app.browser_title"), page_icon=styles.ICON, layout="wide")
    limit = services().settings.photo_max_megabytes
    st.html(styles.sheet(say, megabytes=limit))
    browser_script = script.words(say, megabytes=limit, remembered=visit.remembered())
    st.html(browser_script, unsafe_allow_javascript=True)
    entries = open_entries()
    page = st.navigation(list(make_pages(entries, say).values()), position="hidden")
    _draw_top_line(entries, say)
    _draw_banners(say)
    page.run()


def _draw_banners(say: Texts) -> None:
    """What is away stands out; a demonstration is one line, which can be folded away for the visit."""
    banners = banners_of(state_of_house(), say)
    for sentence in banners.away:
        st.warning(sentence, icon=":material/info:")
    if banners.demo and not st.session_state.get(FOLDED):
        with st.container(horizontal=True, vertical_alignment="center", key="demo-line"):
            st.markdown(f":material/science: {banners.demo}")
            st.button(
                say("demo.fold"), icon=":material/close:", key="fold-demo", type="tertiary", on_click=_fold
            )


def _fold() -> None:
    st.session_state[FOLDED] = True


def _draw_top_line(entries: Sequence[Entry], say: Texts) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="top-line"):
        st.markdown(f":material/tire_repair: **{say('app.name')}**")
        with st.container(horizontal=True, vertical_alignment="center", key="menu"):
            _draw_entries([entry for entry in entries if entry.in_menu and not entry.is_staff], say)
            works = [entry for entry in entries if entry.in_menu and entry.is_staff]
            if works:
                with st.container(horizontal=True, vertical_alignment="center", key="menu-staff"):
                    _draw_entries(works, say)
        with st.container(key="staff-door", width="content"):
            draw_link("staff", say("pages.staff"), icon="badge")
        other = say.language.other
        st.button(other.own_name, key="switch-language", type="tertiary", on_click=_speak, args=(other,))


def _draw_entries(entries: Sequence[Entry], say: Texts) -> None:
    for entry in entries:
        draw_link(entry.name, say(f"pages.{entry.name}"), icon=entry.icon)


def _speak(language: Language) -> None:
    st.session_state[visit.LANGUAGE] = language.value
