"""The style sheet, and the uploader's words: Streamlit's own are English only, so styles replace them."""

from __future__ import annotations

import json
from pathlib import Path

from streamlit_ui.browser import asset
from streamlit_ui.texts import Texts

ICON = str(Path(__file__).with_name("tyre.png"))
ZIP_CHOOSER = "zip-chooser"
"""Key of an uploader that takes a zip file instead of a photo."""


def sheet(say: Texts, *, megabytes: float) -> str:
    """The pages' style sheet in one language."""
    limits = say("upload.limits", megabytes=f"{megabytes:g}")
    photo = _words(":root", button=say("upload.button"), drop=say("upload.drop"), limits=limits)
    button, drop = say("upload.zip"), say("upload.drop_zip")
    archive = _words(f".st-key-{ZIP_CHOOSER}", button=button, drop=drop, limits="")
    return f"<style>{photo}\n{archive}\n{asset('pages.css')}</style>"


def _words(where: str, **words: str) -> str:
    lines = (f"--upload-{name}: {json.dumps(text, ensure_ascii=False)};" for name, text in words.items())
    return f"{where} {{ {' '.join(lines)} }}"
