"""What Streamlit runs for each visitor: the frame of every page, and the page that was asked for."""

from __future__ import annotations

from streamlit_ui.frame import run_page

run_page()
