"""Links from one page to another."""

from __future__ import annotations

from typing import cast

import streamlit as st
from streamlit.navigation.page import Page

PAGES = "pages"
ID_IN_ADDRESS = "p"


def remember_pages(pages: dict[str, Page]) -> None:
    """Streamlit links to page objects; they are made anew at each run."""
    st.session_state[PAGES] = pages


def go_to(page: str) -> None:
    """On to another page, at once."""
    st.switch_page(cast(dict[str, Page], st.session_state[PAGES])[page])


def draw_link(page: str, label: str, *, icon: str, prediction_id: str | None = None) -> None:
    """A link to a page, about one prediction where the page shows one."""
    target = cast(dict[str, Page], st.session_state[PAGES])[page]
    about = {ID_IN_ADDRESS: prediction_id} if prediction_id else None
    st.page_link(target, label=label, icon=f":material/{icon}:", query_params=about)
