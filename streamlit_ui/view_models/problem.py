"""What went wrong, as a sentence a visitor can act on, with the request's number where there is one."""

from __future__ import annotations

from dataclasses import dataclass

from streamlit_ui.texts import Texts
from tyreloop.domain.errors import TyreloopError

UNKNOWN = "internal_error"


@dataclass(frozen=True, slots=True)
class ProblemView:
    """One sentence, and the number that helps us find the request."""

    sentence: str
    request_id: str

    @staticmethod
    def of(error: TyreloopError, say: Texts, *, megabytes: float) -> ProblemView:
        key = f"problem.{error.code}"
        sentence = say(key if key in say else f"problem.{UNKNOWN}", megabytes=f"{megabytes:g}")
        request_id = str(getattr(error, "request_id", ""))
        return ProblemView(sentence, say("problem.request_id", request_id=request_id) if request_id else "")
