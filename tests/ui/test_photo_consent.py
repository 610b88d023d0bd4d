"""What the visitor said last about keeping photos is what counts."""

from __future__ import annotations

import pytest
import streamlit as st

from streamlit_ui import photo_consent


@pytest.mark.parametrize(
    ("box", "visit", "may"),
    [(None, None, True), (None, False, False), (False, True, False), (True, False, True)],
)
def test_a_tick_taken_away_right_before_the_press_counts(
    monkeypatch: pytest.MonkeyPatch, box: bool | None, visit: bool | None, may: bool
) -> None:
    said = {photo_consent.KEEP: box, photo_consent.KEPT_CHOICE: visit}
    monkeypatch.setattr(st, "session_state", {key: value for key, value in said.items() if value is not None})
    assert photo_consent.may_keep() is may
