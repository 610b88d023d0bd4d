"""A correction's way as steps: done or waiting, each with one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from streamlit_ui.texts import Texts
from streamlit_ui.view_models.figures import moment_in_words
from streamlit_ui.view_models.release import run_link
from streamlit_ui.view_models.right_answer import label_in_words
from tyreloop.domain.feedback import Label, Receipt, ReceivedReview
from tyreloop.domain.photos import Prediction
from tyreloop.domain.reviews import SAID_AS

NO_LESSON = {Label.UNKNOWN, Label.UNUSABLE}


@dataclass(frozen=True, slots=True)
class Step:
    """One station of the way."""

    title: str
    sentence: str
    is_done: bool


def steps_of(
    receipt: Receipt, say: Texts, zone: tzinfo, *, mlflow_pages: str = "", is_kept: bool = True
) -> list[Step]:
    """Received, reviewed, in the data, learned; of a photo that is not kept, why no more comes."""
    received = say(
        "receipt.received_line",
        when=moment_in_words(receipt.correction.given_at, zone),
        label=label_in_words(receipt.correction, say),
    )
    if not is_kept and receipt.review is None:
        here = Step(say("receipt.received"), received, is_done=True)
        return [here, Step(say("receipt.reviewed"), say("receipt.not_kept"), is_done=True)]
    return [
        Step(say("receipt.received"), received, is_done=True),
        _reviewed(receipt.review, say, zone),
        _placed(receipt, say, zone),
        _learned(receipt, say, mlflow_pages),
    ]


def compared(then: Prediction, now: Prediction, receipt: Receipt, say: Texts) -> str:
    """Whether the model of now says what the visitor said; honest when it does not."""
    if then.model == now.model:
        return say("receipt.same_model")
    said = SAID_AS.get(receipt.correction.label)
    line = say("receipt.right_now" if now.answer is said else "receipt.still_wrong")
    if receipt.learned_by in (None, now.model.version):
        return line
    return f"{line} {say('receipt.another_answers', version=now.model.version, learned=receipt.learned_by)}"


def _reviewed(review: ReceivedReview | None, say: Texts, zone: tzinfo) -> Step:
    title = say("receipt.reviewed")
    if review is None:
        return Step(title, say("receipt.reviewed_waiting"), is_done=False)
    when = moment_in_words(review.reviewed_at, zone)
    label = label_in_words(review, say)
    key = "receipt.reviewed_agreed" if review.agreed else "receipt.reviewed_disagreed"
    number = " " + say("receipt.review_number", number=review.id) if review.id else ""
    return Step(title, say(key, when=when, label=label) + number, is_done=True)


def _placed(receipt: Receipt, say: Texts, zone: tzinfo) -> Step:
    title, placement = say("receipt.placed"), receipt.placement
    if receipt.review is not None and receipt.review.label is Label.UNKNOWN:
        return Step(title, say("receipt.placed_unknown"), is_done=True)
    why = [say(f"receipt.left_out_{reason}", name=name) for name, reason in sorted(receipt.left_out.items())]
    if placement is None:
        return Step(title, " ".join([say("receipt.placed_waiting"), *why]), is_done=False)
    key = "receipt.placed_lesson" if placement.is_lesson else "receipt.placed_exam"
    if placement.is_lesson and receipt.review is not None and receipt.review.label is Label.UNUSABLE:
        key = "receipt.placed_unusable"
    when = moment_in_words(placement.frozen_at, zone)
    return Step(title, " ".join([say(key, when=when, name=placement.snapshot), *why]), is_done=True)


def _learned(receipt: Receipt, say: Texts, mlflow_pages: str) -> Step:
    title = say("receipt.learned")
    if receipt.learned_by is not None:
        learned = say("receipt.learned_by", version=receipt.learned_by)
        if receipt.learned_in_run:
            learned += " " + say("receipt.run", run=run_link(receipt.learned_in_run, mlflow_pages))
        return Step(title, learned, is_done=True)
    if receipt.review is not None and receipt.review.label in NO_LESSON:
        return Step(title, say(f"receipt.learned_{receipt.review.label}"), is_done=True)
    if receipt.placement is not None and not receipt.placement.is_lesson:
        return Step(title, say("receipt.learned_exam"), is_done=True)
    return Step(title, say("receipt.learned_waiting"), is_done=False)
