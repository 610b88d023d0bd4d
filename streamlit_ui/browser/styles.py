"""The style sheet, and the uploader's words: Streamlit's own are English only, so styles replace them."""

from __future__ import annotations

import json
from pathlib import Path

from streamlit_ui.browser import asset
from streamlit_ui.texts import Texts

ICON = str(Path(__file__).with_name("tyre.png"))


def sheet(say: Texts, *, megabytes: float) -> str:
    """The pages' style sheet in one language."""
    words = {
        "button": say("upload.button"),
        "drop": say("upload.drop"),
        "limits": say("upload.limits", megabytes=f"{megabytes:g}"),
    }
    lines = (f"--upload-{name}: {json.dumps(text, ensure_ascii=False)};" for name, text in words.items())
    return f"<style>:root {{ {' '.join(lines)} }}\n{asset('pages.css')}</style>"
