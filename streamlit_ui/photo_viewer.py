"""The photo on the page: with its heat and a slider, and a place to tap; the one part Streamlit has not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from streamlit_ui import visit
from streamlit_ui.browser import asset
from streamlit_ui.previews import url_of
from tyreloop.domain.damage import Outline
from tyreloop.domain.feedback import Spot


def draw_photo(
    jpeg: bytes,
    *,
    key: str,
    heat: Sequence[Sequence[float]] | None = None,
    outline: Outline = (),
    spot: Spot | None = None,
    on_tap: Callable[[Spot], None] | None = None,
) -> None:
    """A photo; what a tap on it does is up to the caller."""
    say = visit.texts()

    def tapped() -> None:
        place = st.session_state[key].get("tapped")
        if on_tap is not None and place:
            on_tap(Spot(*(min(max(float(share), 0.0), 1.0) for share in place)))

    data = {
        "picture": url_of(jpeg),
        "alt": say("inspect.photo_alt_outlined" if outline else "inspect.photo_alt"),
        "outline": [[list(point) for point in line] for line in outline],
        "heat": [list(row) for row in heat] if heat else None,
        "heat_label": say("heat.slider"),
        "spot": [spot.x, spot.y] if spot else None,
        "taps": on_tap is not None,
    }
    _component()(key=key, data=data, on_tapped_change=tapped)


@cache
def _component() -> ComponentRenderer:
    html, css, js = (asset(f"photo.{kind}") for kind in ("html", "css", "js"))
    return st.components.v2.component("tyreloop_photo", html=html, css=css, js=js)
