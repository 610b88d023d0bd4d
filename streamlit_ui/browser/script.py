"""What runs in the browser: the page's language, photos made smaller, choices for the next visit."""

from __future__ import annotations

import json
from collections.abc import Mapping

from streamlit_ui.browser import asset
from streamlit_ui.browser.chunks import chunks
from streamlit_ui.browser.styles import ZIP_CHOOSER
from streamlit_ui.language import KEPT_SECONDS
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
    "Page not found": "streamlit.no_page",
    "The page that you have requested does not seem to exist. *": "streamlit.no_page_here",
}


ADVICE = ("small", "dark", "blurred", "preparing", "too_large")
# A little above what the service refuses: a photo at the edge is worth another try.
LIMITS = {"small": 160, "dark": 30.0, "blurred": 3.6}
ACCEPT = "image/*,.heic,.heif,.avif,.zip"


def words(say: Texts, *, megabytes: float, remembered: Mapping[str, str]) -> str:
    """A script that holds nothing but our own constants and texts."""
    constants = {
        "WORDS": {english: say(key) for english, key in STREAMLITS_WORDS.items()},
        "LANGUAGE": say.language.value,
        "REMEMBERED": dict(remembered),
        "KEPT_SECONDS": KEPT_SECONDS,
        "CHUNKS": chunks(),
        "ADVICE": {**LIMITS, "megabytes": megabytes},
        "SENTENCES": {
            name: say(f"advice.{name}").replace("{megabytes}", f"{megabytes:g}") for name in ADVICE
        },
        "ACCEPT": ACCEPT,
        "ZIP_CHOOSER": ZIP_CHOOSER,
    }
    lines = "".join(
        f"const {name} = {json.dumps(value, ensure_ascii=False)};" for name, value in constants.items()
    )
    scripts = "".join(asset(f"{name}.js") for name in ("photos", "words", "chunks", "install"))
    return f"<script>(() => {{{lines}\n{scripts}}})();</script>"
