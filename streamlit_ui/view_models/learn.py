"""What the Learn page says before an order and of each one, decided without Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from streamlit_ui.texts import Texts
from streamlit_ui.view_models.figures import moment_in_words
from tyreloop.domain.datasets import SURELY_ENOUGH, Lessons
from tyreloop.domain.orders import Order, OrderState
from tyreloop.learning.plan import Duration
from tyreloop.learning.recipe import Recipe
from tyreloop.models.gate import sentences

STATE_COLOURS = {OrderState.DONE: "green", OrderState.RUNNING: "blue", OrderState.QUEUED: "gray"}
USUAL = ("lite0", "demo")  # one's own photos from the model that answers; and what travels with the code
HOUR_SECONDS, LONG_SECONDS = 3600, 5400


def in_order(recipes: Sequence[str]) -> list[str]:
    """What most people want first."""
    return sorted(recipes, key=lambda name: (USUAL.index(name) if name in USUAL else len(USUAL), name))


@dataclass(frozen=True, slots=True)
class OrderView:
    """What an order is for and what it takes; a problem stands in its way."""

    purpose: str
    lines: tuple[str, ...]
    problem: str = ""

    @staticmethod
    def of(recipe: Recipe, lessons: Lessons | None, duration: Duration | None, say: Texts) -> OrderView:
        """`lessons` of the chosen dataset; none: what the recipe draws."""
        purpose = say(f"recipes.{recipe.name}") if f"recipes.{recipe.name}" in say else recipe.description
        needs = say("learn.needs", enough=SURELY_ENOUGH)
        if lessons is None and recipe.drawing is None:
            return OrderView(purpose, (needs,), say("learn.draws_nothing"))
        takes = _takes(duration, say)
        if lessons is None:
            return OrderView(purpose, (say("learn.draws", count=_drawn(recipe)), takes))
        if not lessons.are_enough:
            return OrderView(purpose, (), say("learn.too_few", **_counts(lessons), enough=SURELY_ENOUGH))
        return OrderView(purpose, (say("learn.has", **_counts(lessons)), needs, takes))


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
            asked=moment_in_words(job.asked_at, zone),
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
    """What came of a job, or what went wrong; what decides comes first."""
    if job.error:
        return say("learn.error", error=job.error)
    if "version" not in job.result:
        return ""
    exam = job.result.get("exam", {})
    verdict = say(f"release.{exam['outcome']}") if "outcome" in exam else say("release.no_exam")
    counts = {name: exam.get(name, 0) for name in ("fixed", "broke")}
    line = say("learn.result", version=job.result["version"], verdict=verdict, **counts)
    return " ".join([line, *(f"{said}." for said in sentences(exam.get("reasons", ()), say.language))])


def duration_in_words(seconds: float, say: Texts) -> str:
    """To the minute; what takes hours, to the half hour."""
    if seconds < LONG_SECONDS:
        return say("learn.minutes", count=max(1, round(seconds / 60)))
    return say("learn.hours", count=f"{round(seconds / HOUR_SECONDS * 2) / 2:g}")


def _takes(duration: Duration | None, say: Texts) -> str:
    if duration is None:
        return say("learn.takes_unknown")
    key = "learn.takes_measured" if duration.is_measured else "learn.takes_reckoned"
    return say(key, time=duration_in_words(duration.seconds, say))


def _counts(lessons: Lessons) -> dict[str, int]:
    return {
        "good": lessons.good,
        "defective": lessons.defective,
        "held_good": lessons.held_out_good,
        "held_defective": lessons.held_out_defective,
    }


def _drawn(recipe: Recipe) -> str:
    return f"{recipe.drawing.count:,}" if recipe.drawing else "0"


def _share(job: Order) -> float:
    if job.state is OrderState.DONE:
        return 1.0
    done, total = job.progress.get("done", 0), job.progress.get("total", 0)
    return min(float(done) / float(total), 1.0) if total else 0.0


def _pace(job: Order, say: Texts) -> str:
    """The percentage, how long the rest takes, and how good it is by now on what it does not learn."""
    said, seconds = [f"{_share(job):.0%}"], job.progress.get("seconds_left")
    if seconds:
        said.append(say("learn.left", time=duration_in_words(seconds, say)))
    elif stage := job.progress.get("stage"):
        said.append(say(f"learn.stage_{stage}"))
    right = job.progress.get("figures", {}).get("held_out_accuracy")
    if right is not None:
        said.append(say("learn.right_so_far", share=round(right * 100)))
    return " · ".join(said)
