"""Answers of the database as figures and charts in the visitor's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from streamlit_ui.texts import Texts
from streamlit_ui.view_models.sheet import csv_of
from tyreloop.domain.feedback import Label
from tyreloop.domain.interval import wilson_interval
from tyreloop.domain.photos import Answer
from tyreloop.monitoring.charts import step_for

Rows = Sequence[Mapping[str, Any]]
NOTHING = "–"
WHEN = "%m-%d %H:%M"
CLOSE = 1 / 8  # of a chart's width: names of releases that stand closer would be printed over each other
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with what it rests on."""

    label: str
    value: str
    note: str = ""


def figures(answers: Mapping[str, Rows], say: Texts) -> list[Figure]:
    """The row of numbers on top."""
    totals, coverage, latency = (
        _first(answers, name) for name in ("total_votes", "coverage", "latency_summary")
    )
    likes, dislikes = int(totals.get("Likes") or 0), int(totals.get("Dislikes") or 0)
    return [
        Figure(say("insights.photos"), f"{int(coverage.get('Predictions') or 0):,}"),
        Figure(say("insights.votes"), f"{likes + dislikes:,}", _coverage(coverage, say)),
        _like_ratio(likes, dislikes, say),
        _accuracy(answers["audited_accuracy"], say),
        _latency(latency, say),
    ]


def is_empty(answers: Mapping[str, Rows]) -> bool:
    """Whether nobody has shown a photo in these days."""
    return not _first(answers, "coverage").get("Predictions")


def axis(span: Span) -> list[str]:
    """Where a chart's time begins and ends."""
    return [_on_the_clock(moment) for moment in span]


def votes_over_time(answers: Mapping[str, Rows], say: Texts, span: Span) -> list[dict[str, Any]]:
    """Likes above the line, dislikes below it."""
    series = (("Likes", say("insights.likes"), 1), ("Dislikes", say("insights.dislikes"), -1))
    return [
        _bar(row, name, sign * row[column], span)
        for row in answers["votes_per_hour"]
        for column, name, sign in series
        if row[column]
    ]


def like_ratio_over_time(answers: Mapping[str, Rows], say: Texts) -> list[dict[str, Any]]:
    name = say("insights.like_ratio")
    return [
        _point(row, name, row["Like ratio"], _resting_on(row["Like ratio"], row["Votes"], say))
        for row in answers["moving_like_ratio"]
        if row["Like ratio"] is not None
    ]


def answers_over_time(answers: Mapping[str, Rows], say: Texts, span: Span) -> list[dict[str, Any]]:
    return [
        _bar(row, say(f"history.{row['metric']}"), row["value"], span)
        for row in answers["predictions_per_hour"]
        if row["value"]
    ]


def latency_over_time(answers: Mapping[str, Rows], say: Texts) -> list[dict[str, Any]]:
    names = {"p50": say("insights.p50"), "p95": say("insights.p95")}
    return [
        _point(row, name, row[column], say("insights.ms", ms=round(row[column])))
        for row in answers["latency"]
        for column, name in names.items()
        if row[column] is not None
    ]


def ratio_by_version(answers: Mapping[str, Rows], say: Texts) -> list[dict[str, Any]]:
    """Each version's share of likes with its interval and its n."""
    return [
        {
            "version": say("verdict.model", version=row["Version"]),
            "ratio": row["Like ratio"],
            "low": row["Low"],
            "high": row["High"],
            "votes": say("insights.n", n=f"{row['Votes']:,.0f}"),
            "tip": _resting_on(row["Like ratio"], row["Votes"], say),
        }
        for row in answers["versions_compared"]
    ]


def corrections(answers: Mapping[str, Rows], say: Texts) -> list[dict[str, str]]:
    """What was answered against what visitors say: a row an answer, a column a word of theirs."""
    counts = {
        (row["Answered"], row["Visitors say"]): row["Corrections"] for row in answers["corrections_matrix"]
    }
    words = [word for word in Label if any(word == said for _, said in counts)]
    return [
        {say("columns.answer"): say(f"history.{answer}")}
        | {say(f"right.{word}"): _count(counts.get((answer, word))) for word in words}
        for answer in Answer
        if any(answer == answered for answered, _ in counts)
    ]


def _count(corrections: float | None) -> str:
    return f"{int(corrections):,}" if corrections else NOTHING


def releases(answers: Mapping[str, Rows], say: Texts, span: Span) -> list[dict[str, Any]]:
    """The moves of Production, as marks on the axis; of close ones the last is named, the others counted."""
    marks, hidden = [], 0
    rows = answers["releases"]
    for row, later in zip(rows, [*rows[1:], None], strict=True):
        name = say("insights.release", version=_version_in(row))
        is_close = later is not None and later["time"] - row["time"] < (span[1] - span[0]) * CLOSE
        written = "" if is_close else f"{name} (+{hidden})" if hidden else name
        hidden = hidden + 1 if is_close else 0
        tip = f"{row['time']:{WHEN}} · {name}"
        marks.append({"time": _on_the_clock(row["time"]), "release": written, "tip": tip})
    return marks


def _point(row: Mapping[str, Any], series: str, value: float, written: str) -> dict[str, Any]:
    """One point of a chart, and what it says where the pointer is."""
    tip = f"{row['time']:{WHEN}} · {series}: {written}"
    return {"time": _on_the_clock(row["time"]), "series": series, "value": value, "tip": tip}


def _bar(row: Mapping[str, Any], series: str, value: float, span: Span) -> dict[str, Any]:
    """One bar, from where its step begins to where it ends."""
    begins, ends = row["time"], row["time"] + step_for(span[1] - span[0])
    covered = {"time": _on_the_clock(max(begins, span[0])), "until": _on_the_clock(min(ends, span[1]))}
    return {**_point(row, series, value, f"{abs(value):,.0f}"), **covered}


def _on_the_clock(moment: datetime) -> str:
    """What the clock of the moment's zone shows, written as if it were UTC: charts draw in no other zone."""
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def _resting_on(share: float, votes: float, say: Texts) -> str:
    """A share with its n."""
    return f"{say('app.percent', value=round(share * 100))} ({say('insights.n', n=f'{votes:,.0f}')})"


def insights_csv(answers: Mapping[str, Rows], say: Texts) -> bytes:
    """The votes by the hour, as the chart shows them."""
    header = [say(f"insights.{name}") for name in ("time", "likes", "dislikes")]
    rows = answers["votes_per_hour"]
    return csv_of(header, ([row["time"].isoformat(), row["Likes"], row["Dislikes"]] for row in rows))


def _version_in(row: Mapping[str, Any]) -> str:
    return str(row["tags"]).rsplit(" ", 1)[-1]


def _first(answers: Mapping[str, Rows], name: str) -> Mapping[str, Any]:
    return answers[name][0] if answers[name] else {}


def _like_ratio(likes: int, dislikes: int, say: Texts) -> Figure:
    votes = likes + dislikes
    if votes == 0:
        return Figure(say("insights.like_ratio"), NOTHING)
    low, high = wilson_interval(likes, votes)
    note = say("insights.interval", low=round(low * 100), high=round(high * 100), n=f"{votes:,}")
    return Figure(say("insights.like_ratio"), say("app.percent", value=round(likes / votes * 100)), note)


def _accuracy(versions: Rows, say: Texts) -> Figure:
    """How often reviewers agreed where answers were drawn at random, over all the chosen versions."""
    drawn = sum(int(row["Reviewed"]) for row in versions)
    if drawn == 0:
        return Figure(say("insights.accuracy"), NOTHING, say("insights.no_audit"))
    right = round(sum(row["Right in the sample"] * row["Reviewed"] for row in versions if row["Reviewed"]))
    low, high = wilson_interval(right, drawn)
    note = say("insights.audited", low=round(low * 100), high=round(high * 100), n=f"{drawn:,}")
    return Figure(say("insights.accuracy"), say("app.percent", value=round(right / drawn * 100)), note)


def _coverage(coverage: Mapping[str, Any], say: Texts) -> str:
    share = coverage.get("Votes per prediction")
    return say("insights.coverage", share=say("app.percent", value=round(share * 100))) if share else ""


def _latency(latency: Mapping[str, Any], say: Texts) -> Figure:
    if latency.get("p50") is None:
        return Figure(say("insights.latency"), NOTHING)
    note = say("insights.slowest", ms=round(latency["p95"]))
    return Figure(say("insights.latency"), say("insights.ms", ms=round(latency["p50"])), note)
