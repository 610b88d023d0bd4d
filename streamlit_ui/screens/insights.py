"""Insights: are people content, with which version, and how fast; the same numbers as Grafana's boards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from streamlit_ui import visit
from streamlit_ui.insights import Answers, Choice, Span, answers_for, known_versions, latest_alerts
from streamlit_ui.screens.messages import draw_problem
from streamlit_ui.screens.tables import draw_table
from streamlit_ui.services import services
from streamlit_ui.view_models import insights
from streamlit_ui.view_models.alerts import AlertWords
from streamlit_ui.view_models.charts import (
    BAD,
    DARK_INK,
    GOOD,
    LIGHT_INK,
    LINE,
    MILD,
    PALE,
    Spec,
    intervals,
    over_time,
)
from streamlit_ui.view_models.made_up import made_up_days
from tyreloop.domain.errors import TyreloopError
from tyreloop.domain.photos import Answer

RANGES = (1, 7, 30, 90)  # days
MADE_UP = "insights_made_up"


def draw() -> None:
    """The page."""
    say = visit.texts()
    st.title(say("insights.title"), anchor=False)
    st.markdown(say("insights.lead"))
    try:
        answers, span = answers_for(_draw_pickers())
    except TyreloopError as error:
        draw_problem(error)
        return
    if insights.is_empty(answers):
        answers = _draw_nothing_yet(answers, span)
    if insights.is_empty(answers):
        _draw_alerts()
        return
    _draw_figures(answers)
    _draw_charts(answers, span)
    _draw_alerts()
    _draw_takeaway(answers)


def _draw_nothing_yet(answers: Answers, span: Span) -> Answers:
    """Why the page is empty; on the first days, at one switch, what it will look like: marked as made up."""
    say, is_first_day = visit.texts(), not known_versions()
    with st.container(border=True, key="nothing-yet"):
        st.markdown(say("insights.first_day" if is_first_day else "insights.empty_range"))
        if is_first_day and st.toggle(say("insights.show_made_up"), key=MADE_UP):
            st.warning(say("insights.made_up"), icon=":material/science:")
            return {**answers, **made_up_days(span)}
    return answers


def _draw_pickers() -> Choice:
    say = visit.texts()
    with st.container(horizontal=True, vertical_alignment="bottom", key="pickers"):
        days = st.segmented_control(
            say("insights.range"),
            RANGES,
            default=RANGES[1],
            required=True,
            format_func=lambda days: say(f"insights.days_{days}"),
            key="insights-range",
        )
        versions = st.multiselect(
            say("insights.versions"),
            known_versions(),
            key="insights-versions",
            placeholder=say("insights.all_versions"),
        )
        zones = list(dict.fromkeys((services().settings.tz, str(visit.zone()), "UTC")))
        zone = st.selectbox(say("insights.zone"), zones, key="insights-zone")
    return Choice(days or RANGES[1], tuple(sorted(versions)), zone)


def _draw_figures(answers: Answers) -> None:
    with st.grid(columns="auto", min_column_width=160, key="figures"):
        for figure in insights.figures(answers, visit.texts()):
            with st.container(border=True, gap="xsmall", height="stretch"):
                st.metric(figure.label, figure.value)
                st.caption(figure.note or "\u00a0")


def _draw_charts(answers: Answers, span: Span) -> None:
    with st.grid(columns="auto", min_column_width=420, key="charts"):
        _draw_people(answers, span)
        _draw_model(answers, span)


def _draw_people(answers: Answers, span: Span) -> None:
    say, ink, axis = visit.texts(), _ink(), insights.axis(span)
    marks = insights.releases(answers, say, span)
    votes, ratio = insights.votes_over_time(answers, say, span), insights.like_ratio_over_time(answers, say)
    versions = insights.ratio_by_version(answers, say)
    thumbs = {say("insights.likes"): GOOD, say("insights.dislikes"): BAD}
    trend = {say("insights.like_ratio"): GOOD}
    _draw_chart("votes", votes, over_time(votes, marks, axis, kind="bar", colours=thumbs, ink=ink))
    _draw_chart("trend", ratio, over_time(ratio, marks, axis, kind="line", colours=trend, ink=ink, unit="%"))
    _draw_chart("by_version", versions, intervals(versions, ink=ink))
    with _card("matrix"):
        _draw_rows(insights.corrections(answers, say))


def _draw_model(answers: Answers, span: Span) -> None:
    say, ink, axis = visit.texts(), _ink(), insights.axis(span)
    marks = insights.releases(answers, say, span)
    mix, latency = insights.answers_over_time(answers, say, span), insights.latency_over_time(answers, say)
    colours = dict(zip(map(str, Answer), (GOOD, BAD, MILD, PALE), strict=True))
    kinds = {say(f"history.{answer}"): colour for answer, colour in colours.items()}
    speeds = {say("insights.p50"): LINE, say("insights.p95"): MILD}
    _draw_chart("mix", mix, over_time(mix, marks, axis, kind="bar", colours=kinds, ink=ink))
    _draw_chart("speed", latency, over_time(latency, marks, axis, kind="line", colours=speeds, ink=ink))


def _ink() -> str:
    return LIGHT_INK if st.context.theme.type == "dark" else DARK_INK


def _draw_chart(name: str, data: Sequence[Mapping[str, Any]], spec: Spec) -> None:
    with _card(name):
        if data:
            st.vega_lite_chart(spec, width="stretch", alt=visit.texts()(f"insights.chart_{name}"))
        else:
            _draw_nothing()


def _draw_rows(rows: Sequence[Mapping[str, str]]) -> None:
    if rows:
        draw_table(rows)
    else:
        _draw_nothing()


def _draw_nothing() -> None:
    st.info(visit.texts()("insights.nothing"), icon=":material/hourglass_empty:")


def _card(name: str) -> DeltaGenerator:
    say = visit.texts()
    card = st.container(border=True, height="stretch", key=f"chart-{name}")
    card.markdown(f"**{say(f'insights.chart_{name}')}**")
    card.caption(say(f"insights.about_{name}"))
    return card


def _draw_alerts() -> None:
    say = visit.texts()
    words = AlertWords.of(services().settings, say, visit.zone())
    with st.container(border=True, key="alerts"):
        st.markdown(f"**{say('insights.alerts')}**")
        alerts = latest_alerts()
        if not alerts:
            st.caption(say("insights.no_alerts"))
        for alert in alerts:
            st.markdown(words.headline(alert))
            st.caption(words.line(alert))


def _draw_takeaway(answers: Answers) -> None:
    say, grafana = visit.texts(), services().settings.grafana_url
    with st.container(horizontal=True):
        st.download_button(
            say("insights.csv"),
            insights.insights_csv(answers, say),
            file_name=say("insights.file_name"),
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="insights-csv",
        )
        if grafana:
            st.link_button(say("insights.grafana"), grafana, icon=":material/monitoring:")
