"""What is right about the photo, apart from whether somebody likes the answer."""

from __future__ import annotations

from dataclasses import dataclass

from streamlit_ui.texts import Texts
from streamlit_ui.view_models.damage import with_kinds
from tyreloop.domain.damage import DamageKind
from tyreloop.domain.feedback import Correction, Label, ReceivedReview, Vote


@dataclass(frozen=True, slots=True)
class RightAnswerView:
    """The question, what was chosen, and what happens with it."""

    is_open: bool  # asked at once after a dislike; else on demand
    question: str
    chosen: Label | None
    takes_kinds: bool  # one touch on a kind says that it is damaged, too
    kinds: tuple[DamageKind, ...]
    takes_spot: bool
    has_receipt: bool
    lines: tuple[str, ...]

    @staticmethod
    def of(
        vote: Vote | None,
        correction: Correction | None,
        say: Texts,
        *,
        is_sample: bool = False,
        is_kept: bool = True,
    ) -> RightAnswerView:
        """`is_kept`: whether the photo may be kept; one that is nowhere teaches nobody, and that is said."""
        disliked = vote is not None and not vote.liked
        label = correction.label if correction else None
        return RightAnswerView(
            is_open=disliked or correction is not None,
            question=say("right.question"),
            chosen=label,
            takes_kinds=label in (None, Label.DEFECTIVE),
            kinds=correction.kinds if correction else (),
            takes_spot=label is Label.DEFECTIVE and not is_sample and is_kept,
            has_receipt=correction is not None and not is_sample,
            lines=_lines(correction, say, is_sample=is_sample, is_kept=is_kept),
        )


def said_lines(vote: Vote | None, correction: Correction | None, say: Texts) -> list[str]:
    """What a visitor said about an answer, for somebody else to read."""
    voted = [say("inspect.liked" if vote.liked else "inspect.disliked")] if vote else []
    labelled = [say("inspect.corrected", label=label_in_words(correction, say))] if correction else []
    return voted + labelled or [say("inspect.nothing_said")]


def label_in_words(said: Correction | ReceivedReview, say: Texts) -> str:
    """The label, and of a damage its kinds."""
    return with_kinds(say(f"right.{said.label}"), said.kinds, say)


def _lines(correction: Correction | None, say: Texts, *, is_sample: bool, is_kept: bool) -> tuple[str, ...]:
    if correction is None:
        return ()
    if is_sample:
        return (say("right.thanks_sample"),)
    if not is_kept:
        return (say("right.thanks_not_kept"),)
    thanks = say("right.thanks_unknown" if correction.label is Label.UNKNOWN else "right.thanks")
    if correction.label is not Label.DEFECTIVE:
        return (thanks,)
    return thanks, say("right.tapped" if correction.spot else "right.tap")
