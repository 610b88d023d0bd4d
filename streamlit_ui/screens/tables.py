"""A table of words: rows at a desk, one card a row on a phone; read aloud as what it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from streamlit_ui.view_models.figures import Name


def draw_table(rows: Sequence[Mapping[str, object]]) -> None:
    """The first column names its row."""
    if rows:
        st.html(as_html(rows))


def as_html(rows: Sequence[Mapping[str, object]]) -> str:
    """Every word escaped; each cell knows its column, for a phone has no room for a head."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in rows[0])
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in rows)
    return f'<table class="words"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _cells(row: Mapping[str, object]) -> str:
    (_, named), *others = row.items()
    cells = (f'<td data-column="{escape(column)}">{_said(value)}</td>' for column, value in others)
    return f'<th scope="row">{_said(named)}</th>{"".join(cells)}'


def _said(value: object) -> str:
    kept = ' translate="no"' if isinstance(value, Name) else ""
    return f"<span{kept}>{escape(str(value))}</span>"
