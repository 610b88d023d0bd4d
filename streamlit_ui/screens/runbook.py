"""The runbook: where the messages about alerts lead, each to its own heading."""

from __future__ import annotations

import streamlit as st

from tyreloop.monitoring.messages import RUNBOOK


def draw() -> None:
    """The page; it is in English only, as the commands in it are."""
    st.markdown(RUNBOOK.read_text(encoding="utf-8"))
