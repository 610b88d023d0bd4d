"""The frame of every page: title, language, styles, banner, menu."""

from __future__ import annotations

import json
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from streamlit_ui import visit
from streamlit_ui.language import COOKIE, KEPT_SECONDS
from streamlit_ui.screens import inspect
from streamlit_ui.services import services
from streamlit_ui.texts import Language, Texts

STYLES = Path(__file__).with_name("styles")


def run_page() -> None:
    """Draw the frame, then the page that the address names."""
    say = visit.texts()
    st.set_page_config(page_title=say("app.browser_title"), page_icon=":material/tire_repair:", layout="wide")
    st.html(f"<style>{(STYLES / 'pages.css').read_text('utf-8')}{_uploader_words(say)}</style>")
    _tell_browser(say.language)
    page = st.navigation(_menu(say))
    _top_line(say)
    page.run()


def _menu(say: Texts) -> list[Page]:
    return [st.Page(inspect.draw, title=say("pages.inspect"), url_path="inspect", default=True)]


def _top_line(say: Texts) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="top-line"):
        st.markdown(f":material/tire_repair: **{say('app.name')}**", width="stretch")
        other = say.language.other
        st.button(
            other.own_name,
            key="switch-language",
            icon=":material/translate:",
            type="tertiary",
            on_click=_speak,
            args=(other,),
        )


def _speak(language: Language) -> None:
    st.session_state[visit.LANGUAGE] = language.value


def _tell_browser(language: Language) -> None:
    """Screen readers need the page's language; the next visit starts with it."""
    st.html(
        "<script>document.documentElement.lang="
        f"{json.dumps(language.value)};document.cookie="
        f"'{COOKIE}={language.value};path=/;max-age={KEPT_SECONDS};samesite=lax';</script>",
        unsafe_allow_javascript=True,
    )


def _uploader_words(say: Texts) -> str:
    """Streamlit's uploader speaks English only; its words are replaced by ours."""
    limits = say("upload.limits", megabytes=f"{services().settings.photo_max_megabytes:g}")
    words = {"button": say("upload.button"), "limits": limits}
    lines = (f"--upload-{name}: {json.dumps(text, ensure_ascii=False)};" for name, text in words.items())
    return f":root {{ {' '.join(lines)} }}"
