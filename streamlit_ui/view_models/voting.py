"""A vote as the thumbs show it, and the word that a touch of the thumbs means."""

from __future__ import annotations

from dataclasses import dataclass

from streamlit_ui.texts import Texts
from tyreloop.domain.feedback import Vote

DOWN, UP = 0, 1  # what st.feedback answers; None is no vote


@dataclass(frozen=True, slots=True)
class VoteView:
    """The thumb that is lit, and the line beside it."""

    thumb: int | None
    line: str
    can_undo: bool

    @staticmethod
    def of(vote: Vote | None, say: Texts, *, is_queued: bool = False) -> VoteView:
        if vote is None:
            return VoteView(None, say("vote.question"), can_undo=False)
        line = say("vote.liked" if vote.liked else "vote.disliked")
        if is_queued:
            line = f"{line} {say('vote.queued')}"
        return VoteView(UP if vote.liked else DOWN, line, can_undo=True)
