"""What the browser gets beside Streamlit's own: styles, a few words, the photo with its heat."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def asset(name: str) -> str:
    """The text of a file of this folder."""
    return Path(__file__).with_name(name).read_text("utf-8")
