"""What the Insights page asks the database: the same charts as Grafana's boards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from streamlit_ui.services import services
from tyreloop.domain.alerts import Alert
from tyreloop.monitoring.charts import Row, ask

KEPT_SECONDS = 30
MAX_ALERTS = 10
CHARTS = (
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
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Choice:
    """What the pickers say."""

    days: int
    versions: tuple[int, ...]
    time_zone: str


@st.cache_data(ttl=KEPT_SECONDS, show_spinner=False)
def answers_for(choice: Choice) -> tuple[Answers, Span]:
    """Every chart's rows, as of a few seconds ago, and the span that they show, in the chosen zone."""
    until = datetime.now(ZoneInfo(choice.time_zone))
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

    return {name: rows_of(name) for name in CHARTS}, (since, until)


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
    return services().stores.alerts.latest(limit=MAX_ALERTS)
