"""The frame of every page: language, styles, banners, menu."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.browser import script, styles
from streamlit_ui.house_state import state_of_house
from streamlit_ui.links import draw_link
from streamlit_ui.navigation import Entry, make_pages, open_entries
from streamlit_ui.services import services
from streamlit_ui.texts import Language, Texts
from streamlit_ui.view_models.banners import banners_of


def run_page() -> None:
    """Draw the frame, then the page that the address names."""
    say = visit.texts()
    st.set_page_config(page_title=say("app.browser_title"), page_icon=styles.ICON, layout="wide")
    st.html(styles.sheet(say, megabytes=services().settings.photo_max_megabytes))
    st.html(script.words(say), unsafe_allow_javascript=True)
    entries = open_entries()
    page = st.navigation(list(make_pages(entries, say).values()), position="hidden")
    _draw_top_line(entries, say)
    for sentence in banners_of(state_of_house(), say):
        st.warning(sentence, icon=":material/info:")
    page.run()


def _draw_top_line(entries: Sequence[Entry], say: Texts) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="top-line"):
        st.markdown(f":material/tire_repair: **{say('app.name')}**")
        with st.container(horizontal=True, vertical_alignment="center", key="menu"):
            for entry in entries:
                if entry.in_menu:
                    draw_link(entry.name, say(f"pages.{entry.name}"), icon=entry.icon)
        other = say.language.other
        st.button(other.own_name, key="switch-language", type="tertiary", on_click=_speak, args=(other,))


def _speak(language: Language) -> None:
    st.session_state[visit.LANGUAGE] = language.value
