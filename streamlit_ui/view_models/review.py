"""What the Review page says about one answer, decided without Streamlit."""

from __future__ import annotations

from dataclasses import dataclass

from streamlit_ui.texts import Texts
from streamlit_ui.view_models.damage import with_kinds
from streamlit_ui.view_models.figures import share_in_words
from tyreloop.domain.feedback import Label
from tyreloop.domain.interval import wilson_interval
from tyreloop.domain.photos import Answer
from tyreloop.domain.reviews import HELD_FOR, ReviewCounts, ReviewItem, ReviewSource

KEYS = {
    Label.GOOD: "g",
    Label.DEFECTIVE: "d",
    Label.NOT_A_TYRE: "n",
    Label.UNUSABLE: "b",
    Label.UNKNOWN: "u",
}
WHY_COLOURS = {"missed": "red", "correction": "orange", "dislike": "orange"}
SKIP_KEY, UNDO_KEY, HEAT_KEY = "s", "z", "h"
ICONS = {
    Label.GOOD: ":material/check_circle:",
    Label.DEFECTIVE: ":material/dangerous:",
    Label.NOT_A_TYRE: ":material/block:",
    Label.UNUSABLE: ":material/blur_on:",
    Label.UNKNOWN: ":material/help:",
}


@dataclass(frozen=True, slots=True)
class ReviewView:
    """The lines beside the photo."""

    model_says: str
    visitor_says: str
    why: str
    why_more: str = ""

    @staticmethod
    def of(item: ReviewItem, say: Texts) -> ReviewView:
        share = item.probabilities.get(Answer.DEFECTIVE.value, 0.0)
        return ReviewView(
            model_says=say(
                "review.model_says",
                answer=with_kinds(say(f"review.answer_{item.answer}"), item.seen_kinds, say),
                share=share_in_words(share, say),
                version=item.model.version,
            ),
            visitor_says=_visitor_says(item, say),
            why=f":{WHY_COLOURS.get(_why(item), 'gray')}-badge[{say(f'review.why_{_why(item)}')}]",
            why_more=say("review.why_audit_more") if item.source is ReviewSource.AUDIT else "",
        )


def _visitor_says(item: ReviewItem, say: Texts) -> str:
    label = say(f"review.label_{item.label}") if item.label else say("review.nothing")
    said = with_kinds(label, item.kinds, say)
    return say("review.visitor_says", label=said) + (f" {say('review.disliked')}" if item.is_disliked else "")


def _why(item: ReviewItem) -> str:
    if item.label is Label.DEFECTIVE and item.answer is Answer.GOOD:
        return "missed"
    return item.source.value


def nothing_line(counts: ReviewCounts, say: Texts) -> str:
    """Why there is nothing to look at: all is done, or others have the rest."""
    if not counts.waiting:
        return say("review.empty")
    minutes = round(HELD_FOR.total_seconds() / 60)
    return say("review.others_have", count=counts.waiting, minutes=minutes)


def progress_line(counts: ReviewCounts, say: Texts) -> str:
    """How much waits, how much is done, and how fast it goes."""
    line = say("review.progress", waiting=counts.waiting, done=counts.done_today)
    if counts.seconds_each is None:
        return line
    return f"{line} {say('review.speed', seconds=f'{counts.seconds_each:.0f}')}"


def audit_line(right: int, drawn: int, say: Texts) -> str:
    """The accuracy on answers drawn at random, with its interval."""
    if drawn == 0:
        return say("review.audited_none")
    low, high = (round(share * 100) for share in wilson_interval(right, drawn))
    return say("review.audited", share=round(right / drawn * 100), low=low, high=high, count=drawn)
