"""Drawn photos to begin with: one touch, and there is a verdict to look at."""

from __future__ import annotations

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.samples import Sample, samples


def draw_gallery() -> Sample | None:
    """All samples; answers the one that was touched."""
    say = visit.texts()
    st.subheader(say("samples.title"), anchor=False)
    st.caption(say("samples.lead"))
    touched = None
    with st.grid(columns="auto", min_column_width=150, key="gallery"):
        for sample in samples():
            if _draw_sample(sample):
                touched = sample
    return touched


def _draw_sample(sample: Sample) -> bool:
    name = visit.texts()(f"samples.{sample.name}")
    with st.container(key=f"sample-{sample.name}", gap="xsmall"):
        st.image(sample.photo.data, width="stretch", alt=name)
        return st.button(name, key=f"try-{sample.name}", width="stretch")
