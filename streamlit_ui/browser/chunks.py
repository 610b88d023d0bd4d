"""Streamlit's parts of a page that the browser fetches while a visitor still looks for a photo.

It would fetch them when they are first drawn: the verdict would wait for them, and a line that drops just
then leaves a hole in the page.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit

FOLDER = Path(streamlit.__file__).parent / "static" / "static" / "js"
DRAWN_LATER = ("ImageList", "BidiComponent", "Progress", "Feedback", "ButtonGroup", "Spinner", "ErrorElement")


@cache
def chunks() -> tuple[str, ...]:
    """Their files' names, which carry the hash of this Streamlit."""
    return tuple(path.name for name in DRAWN_LATER for path in FOLDER.glob(f"{name}.*.js"))
