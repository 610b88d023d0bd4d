"""A visitor's answers as rows: what was said, when, by which model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from streamlit_ui.texts import Texts
from streamlit_ui.view_models.damage import in_words, with_kinds
from streamlit_ui.view_models.figures import moment_in_words, share_in_words
from streamlit_ui.view_models.sheet import csv_of
from streamlit_ui.view_models.verdict import COLOUR_OF, ICON_OF, TONE_OF
from tyreloop.domain.feedback import Correction, Vote
from tyreloop.domain.photos import Answer, PhotoId, Prediction, PredictionId

COLUMNS = ("time", "answer", "reason", "kinds", "damage_probability", "model_version", "prediction")
ROWS_ON_A_PAGE = 8


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One answer in the list."""

    id: PredictionId
    photo_id: PhotoId | None  # none: it was not ours to keep
    headline: str  # Markdown, with colour and icon
    line: str
    said: str  # by the visitor, Markdown; empty: nothing
    has_receipt: bool

    @staticmethod
    def of(
        prediction: Prediction,
        say: Texts,
        zone: tzinfo,
        *,
        vote: Vote | None = None,
        correction: Correction | None = None,
    ) -> HistoryRow:
        tone = TONE_OF[prediction.answer]
        words = with_kinds(say(f"history.{prediction.answer}"), prediction.verdict.named_kinds, say)
        model = say("verdict.model", version=prediction.model.version)
        when = moment_in_words(prediction.made_at, zone)
        return HistoryRow(
            id=prediction.id,
            photo_id=prediction.photo_id if prediction.keep_photo else None,
            headline=f":{COLOUR_OF[tone]}[{ICON_OF[tone]} **{words}**]",
            line=say("history.line", when=when, model=model) + _probability(prediction, say),
            said=" · ".join(_said(vote, correction, say)),
            has_receipt=correction is not None and not prediction.is_demo,
        )


def only(predictions: Sequence[Prediction], answer: Answer | None) -> list[Prediction]:
    """Those with one answer, or all."""
    return [prediction for prediction in predictions if answer in (None, prediction.answer)]


def page_of(predictions: Sequence[Prediction], number: int) -> Sequence[Prediction]:
    """The predictions of a page, counted from 1."""
    first = (number - 1) * ROWS_ON_A_PAGE
    return predictions[first : first + ROWS_ON_A_PAGE]


def pages_in(predictions: Sequence[Prediction]) -> int:
    return max(1, -(-len(predictions) // ROWS_ON_A_PAGE))


def history_csv(predictions: Sequence[Prediction], say: Texts, zone: tzinfo) -> bytes:
    """All of it for a spreadsheet."""
    header = [say(f"columns.{name}") for name in COLUMNS]
    return csv_of(header, (_cells(prediction, say, zone) for prediction in predictions))


def _cells(prediction: Prediction, say: Texts, zone: tzinfo) -> tuple[object, ...]:
    reason = prediction.verdict.reason
    return (
        moment_in_words(prediction.made_at, zone),
        say(f"history.{prediction.answer}"),
        say(f"verdict.{reason}.headline") if reason else "",
        in_words(prediction.verdict.named_kinds, say),
        round(_damage(prediction), 4),
        prediction.model.version,
        prediction.id,
    )


def _said(vote: Vote | None, correction: Correction | None, say: Texts) -> list[str]:
    voted = [f":material/thumb_{'up' if vote.liked else 'down'}: {say(_word_of(vote))}"] if vote else []
    if correction is None:
        return voted
    right = with_kinds(say(f"right.{correction.label}"), correction.kinds, say)
    return [*voted, f":material/edit: {say('history.corrected', label=right)}"]


def _word_of(vote: Vote) -> str:
    return "history.liked" if vote.liked else "history.disliked"


def _probability(prediction: Prediction, say: Texts) -> str:
    if prediction.answer is Answer.UNUSABLE:
        return ""
    return " · " + say("history.probability", share=share_in_words(_damage(prediction), say))


def _damage(prediction: Prediction) -> float:
    return prediction.verdict.probabilities.get(Answer.DEFECTIVE.value, 0.0)
