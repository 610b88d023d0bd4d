"""What the Insights page asks the database: the same questions as Grafana's boards, in the same words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import streamlit as st

from streamlit_ui.services import services
from tyreloop.domain.alerts import Alert
from tyreloop.questions import Row, ask

KEPT_SECONDS = 30
MOST_ALERTS = 10
QUESTIONS = (
    "total_votes",
    "coverage",
    "votes_per_hour",
    "moving_like_ratio",
    "versions_compared",
    "predictions_per_hour",
    "latency",
    "latency_summary",
    "corrections_matrix",
    "audited_accuracy",
    "releases",
)

Answers = dict[str, list[Row]]


@dataclass(frozen=True, slots=True)
class Choice:
    """What the pickers say."""

    days: int
    versions: tuple[int, ...]
    time_zone: str


@st.cache_data(ttl=KEPT_SECONDS, show_spinner=False)
def answers_for(choice: Choice) -> Answers:
    """Every question's rows, as of a few seconds ago."""
    until = datetime.now(UTC)
    since = until - timedelta(days=choice.days)

    def rows_of(name: str) -> list[Row]:
        return services().stores.database.ask(
            lambda connection: ask(
                connection,
                name,
                since=since,
                until=until,
                versions=choice.versions or None,
                time_zone=choice.time_zone,
            )
        )

    return {name: rows_of(name) for name in QUESTIONS}


@st.cache_data(ttl=KEPT_SECONDS, show_spinner=False)
def known_versions() -> Sequence[int]:
    """The versions that answered lately, the newest first."""
    until = datetime.now(UTC)
    rows = services().stores.database.ask(
        lambda connection: ask(connection, "model_versions", since=until - timedelta(days=90), until=until)
    )
    return [int(row["version"]) for row in rows]


@st.cache_data(ttl=KEPT_SECONDS, show_spinner=False)
def latest_alerts() -> Sequence[Alert]:
    """What fired lately, whoever judged it: Grafana or our own job; what is open comes first."""
    return services().stores.alerts.latest(limit=MOST_ALERTS)
