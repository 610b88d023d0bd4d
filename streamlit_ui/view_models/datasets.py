"""What the Datasets, Learn and Release pages say, decided without Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from streamlit_ui.texts import Texts
from tyreloop.domain.datasets import Difference, SnapshotSummary
from tyreloop.domain.models import Candidate
from tyreloop.domain.orders import Order, OrderState
from tyreloop.models.gate import sentences

MOMENT = "%Y-%m-%d %H:%M"
STATE_COLOURS = {OrderState.DONE: "green", OrderState.RUNNING: "blue", OrderState.QUEUED: "gray"}


def dataset_rows(datasets: Sequence[SnapshotSummary], say: Texts, zone: tzinfo) -> list[dict[str, object]]:
    """The table of snapshots."""
    return [
        {
            say("datasets.name"): one.name,
            say("datasets.parent"): one.parent or "",
            say("datasets.photos"): sum(one.counts.values()),
            say("datasets.exam_photos"): sum(
                photos for key, photos in one.counts.items() if key.startswith("exam ")
            ),
            say("datasets.frozen"): one.frozen_at.astimezone(zone).strftime(MOMENT),
            say("datasets.by"): one.created_by.removeprefix("user:"),
            say("datasets.hash"): one.content_hash[:12],
        }
        for one in datasets
    ]


def difference_line(found: Difference, say: Texts) -> str:
    """From one snapshot to another."""
    return say(
        "datasets.difference",
        added=len(found.added),
        gone=len(found.gone),
        relabelled=len(found.relabelled),
    )


@dataclass(frozen=True, slots=True)
class JobView:
    """One training in a list."""

    title: str
    share: float
    pace: str
    can_stop: bool
    can_retry: bool

    @staticmethod
    def of(job: Order, say: Texts, zone: tzinfo) -> JobView:
        colour = STATE_COLOURS.get(job.state, "red")
        what = say(
            "learn.line",
            recipe=job.parameters.get("recipe") or job.kind,
            dataset=job.parameters.get("dataset") or say("learn.drawings"),
            asked=job.asked_at.astimezone(zone).strftime(MOMENT),
            by=job.asked_by.removeprefix("user:"),
        )
        return JobView(
            title=f":{colour}-badge[{say(f'learn.state_{job.state}')}] {what}",
            share=_share(job),
            pace=_pace(job, say),
            can_stop=not job.state.is_over,
            can_retry=job.state in (OrderState.FAILED, OrderState.CANCELLED, OrderState.PARKED),
        )


def result_line(job: Order, say: Texts) -> str:
    """What came of a job, or what went wrong."""
    if job.error:
        return say("learn.error", error=job.error)
    if "version" in job.result:
        exam = job.result.get("exam", {})
        return say(
            "learn.result",
            version=job.result["version"],
            fixed=exam.get("fixed", 0),
            broke=exam.get("broke", 0),
        )
    return ""


def candidate_line(one: Candidate, say: Texts, zone: tzinfo) -> str:
    """One version on the Release page."""
    exam = say("release.no_exam")
    if one.exam:
        verdict = say("release.passed" if one.passed else f"release.{one.exam.get('outcome', 'refused')}")
        counts = {name: one.exam.get(name, 0) for name in ("fixed", "broke")}
        exam = say("release.exam", verdict=verdict, **counts)
        against = [] if one.passed else sentences(one.exam.get("reasons", ()), say.language)
        exam += "".join(f"  \n– {line}." for line in against)
    made = one.created_at.astimezone(zone).strftime(MOMENT)
    return say("release.line", version=one.version, made=made, description=one.description, exam=exam)


def _share(job: Order) -> float:
    if job.state is OrderState.DONE:
        return 1.0
    done, total = job.progress.get("done", 0), job.progress.get("total", 0)
    return min(float(done) / float(total), 1.0) if total else 0.0


def _pace(job: Order, say: Texts) -> str:
    """The percentage, and how long the rest takes."""
    percent, seconds = f"{_share(job):.0%}", job.progress.get("seconds_left")
    if not seconds:
        return percent
    return say("learn.left", percent=percent, minutes=max(1, round(seconds / 60)))
