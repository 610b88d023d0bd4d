"""What is right about the photo, apart from whether somebody likes the answer."""

from __future__ import annotations

from dataclasses import dataclass

from streamlit_ui.texts import Texts
from tyreloop.domain.correction import Correction, Label
from tyreloop.domain.vote import Vote


@dataclass(frozen=True, slots=True)
class RightAnswerView:
    """The question, what was chosen, and what happens with it."""

    is_open: bool  # asked at once after a dislike; else on demand
    question: str
    chosen: Label | None
    takes_spot: bool
    lines: tuple[str, ...]

    @staticmethod
    def of(vote: Vote | None, correction: Correction | None, say: Texts) -> RightAnswerView:
        disliked = vote is not None and not vote.liked
        label = correction.label if correction else None
        return RightAnswerView(
            is_open=disliked or correction is not None,
            question=say("right.question"),
            chosen=label,
            takes_spot=label is Label.DEFECTIVE,
            lines=_lines(correction, say),
        )


def _lines(correction: Correction | None, say: Texts) -> tuple[str, ...]:
    if correction is None:
        return ()
    thanks = say("right.thanks_unknown" if correction.label is Label.UNKNOWN else "right.thanks")
    if correction.label is not Label.DEFECTIVE:
        return (thanks,)
    return thanks, say("right.tapped" if correction.spot else "right.tap")
