"""A batch as a table: a row per photo, how far it is, and the same for a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from streamlit_ui.batch import Batch, Item, State
from streamlit_ui.previews import url_of
from streamlit_ui.texts import Texts
from streamlit_ui.view_models.damage import in_words
from streamlit_ui.view_models.sheet import csv_of, xlsx_of
from tyreloop.domain.photos import Answer

COLUMNS = ("photo", "answer", "vote", "damage_probability", "name", "model_version")
IN_SHEETS = ("name", "answer", "kinds", "damage_probability", "model_version", "vote", "prediction")


@dataclass(frozen=True, slots=True)
class ProgressView:
    """How far a batch is."""

    share: float
    line: str

    @staticmethod
    def of(batch: Batch, say: Texts) -> ProgressView:
        total, waiting = len(batch.items), batch.count(State.WAITING)
        line = say("many.progress", done=total - waiting, total=total)
        left = batch.seconds_left
        if waiting and left is not None:
            line = f"{line} · {say('many.left', seconds=max(1, round(left)))}"
        return ProgressView((total - waiting) / max(total, 1), line)


def summary(batch: Batch, say: Texts) -> str:
    """How many of each answer, and how many without one."""
    answers = [item.shown.prediction.answer for item in batch.items if item.shown]
    parts = [(say(f"history.{answer}"), answers.count(answer)) for answer in Answer]
    parts.append((say("many.failed"), batch.count(State.FAILED)))
    parts.append((say("many.cancelled"), batch.count(State.CANCELLED)))
    return " · ".join(f"{name} {count}" for name, count in parts if count)


def table_of(batch: Batch, say: Texts) -> list[dict[str, Any]]:
    """A row per photo, with the columns' inner names."""
    return [_row(item, say) for item in batch.items]


def vote_words(say: Texts) -> dict[str, bool]:
    """What stands in a row's vote, and what it means."""
    return {say("many.like"): True, say("many.dislike"): False}


def batch_csv(batch: Batch, say: Texts) -> bytes:
    return csv_of(_header(say), _cells(batch, say))


def batch_xlsx(batch: Batch, say: Texts) -> bytes:
    return xlsx_of(_header(say), _cells(batch, say))


def _header(say: Texts) -> list[str]:
    return [say(f"columns.{name}") for name in IN_SHEETS]


def _cells(batch: Batch, say: Texts) -> list[Sequence[object]]:
    return [[row.get(name) for name in IN_SHEETS] for row in table_of(batch, say)]


def _row(item: Item, say: Texts) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row |= {"name": item.name, "answer": _outcome(item, say)}
    if item.shown is None:
        return row
    prediction, vote = item.shown.prediction, item.shown.vote
    if prediction.answer is not Answer.UNUSABLE:
        row["damage_probability"] = round(prediction.verdict.probabilities.get("defective", 0.0), 4)
    row["kinds"] = in_words(prediction.verdict.named_kinds, say)
    if vote is not None:
        row["vote"] = say("many.like" if vote.liked else "many.dislike")
    if item.shown.picture:
        row["photo"] = url_of(item.shown.picture)
    return row | {"model_version": prediction.model.version, "prediction": prediction.id}


def _outcome(item: Item, say: Texts) -> str:
    if item.shown is not None:
        reason = item.shown.prediction.verdict.reason
        said = say(f"verdict.{reason}.headline" if reason else f"history.{item.shown.prediction.answer}")
        return f"{said} · {say('many.not_kept')}" if item.shown.not_kept else said
    if item.state is State.FAILED:
        key = f"many.problem_{item.code}"
        return say(key if key in say else "many.problem_other")
    return say(f"many.{item.state}")
