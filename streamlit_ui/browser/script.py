"""The page's language for screen readers and for the next visit."""

from __future__ import annotations

import json

from streamlit_ui.browser import asset
from streamlit_ui.browser.chunks import chunks
from streamlit_ui.language import COOKIE, KEPT_SECONDS
from streamlit_ui.texts import Texts

STREAMLITS_WORDS = {
    "Thumbs up": "streamlit.thumbs_up",
    "Thumbs down": "streamlit.thumbs_down",
    "Feedback rating": "streamlit.feedback_rating",
    "file upload": "streamlit.file_upload",
    "Add files": "streamlit.add_files",
    "Skip to main content": "streamlit.skip",
    "Remove *": "streamlit.remove",
    "Cancel upload of *": "streamlit.cancel_upload",
    "Shortcut *": "streamlit.shortcut",
    "Show password": "streamlit.show_password",
    "Hide password": "streamlit.hide_password",
    "progress": "streamlit.progress",
    "Close": "streamlit.close",
    "Open": "streamlit.open",
    "Choose an option": "streamlit.choose",
    "Choose options": "streamlit.choose",
    "Clear all": "streamlit.clear",
    "No results": "streamlit.no_results",
    "Loading...": "streamlit.loading",
}


def words(say: Texts) -> str:
    """A script that holds nothing but our own constants and texts."""
    known = {english: say(key) for english, key in STREAMLITS_WORDS.items()}
    constants = {
        "WORDS": known,
        "LANGUAGE": say.language.value,
        "COOKIE": COOKIE,
        "KEPT_SECONDS": KEPT_SECONDS,
        "CHUNKS": chunks(),
    }
    lines = "".join(
        f"const {name} = {json.dumps(value, ensure_ascii=False)};" for name, value in constants.items()
    )
    return (
        f"<script>(() => {{{lines}\n{asset('words.js')}{asset('paste.js')}{asset('chunks.js')}}})();</script>"
    )
