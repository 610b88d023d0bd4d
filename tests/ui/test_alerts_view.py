"""Alerts on the Insights page: in the visitor's language, with their number and its n."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from streamlit_ui.texts import Texts
from streamlit_ui.view_models.alerts import AlertWords
from tyreloop.domain.alerts import Alert, AlertSource
from tyreloop.settings import Settings

BEGAN = datetime(2026, 6, 1, 3, 0, tzinfo=UTC)
SEOUL = ZoneInfo("Asia/Seoul")
FIRED = Alert(
    source=AlertSource.GRAFANA,
    fingerprint="f",
    rule="dislike-ratio",
    severity="warning",
    title="Many dislikes",
    summary="As it was sent.",
    started_at=BEGAN,
    labels={"model_version": "7"},
    value=0.41,
    n=87,
)


def words(say: Texts) -> AlertWords:
    return AlertWords.of(Settings.model_construct(), say, SEOUL)


def test_an_alert_is_told_in_the_language_of_whoever_looks(english: Texts, korean: Texts) -> None:
    assert "dislike" in words(english).headline(FIRED)
    assert "\uc2eb\uc5b4\uc694" in words(korean).headline(FIRED)
    for say in (english, korean):
        line = words(say).line(FIRED)
        assert "41" in line
        assert "87" in line
        assert "2026-06-01 12:00" in line


def test_what_is_over_says_until_when(english: Texts) -> None:
    over = replace(FIRED, ended_at=BEGAN + timedelta(hours=1))
    assert "check_circle" in words(english).headline(over)
    assert words(english).line(over).startswith("2026-06-01 12:00 to 2026-06-01 13:00")


def test_a_rule_that_is_gone_is_told_as_it_was_sent(english: Texts) -> None:
    gone = replace(FIRED, rule="of-long-ago")
    assert words(english).headline(gone).endswith("**Many dislikes**")
    assert words(english).line(gone).endswith("As it was sent.")
    assert words(english).line(replace(FIRED, n=None)).endswith("As it was sent.")
