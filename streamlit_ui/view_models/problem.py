"""What went wrong, as a sentence a visitor can act on, with the request's number where there is one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from streamlit_ui.texts import Language, Texts, details_in
from tyreloop.domain.errors import StoreUnavailable, TyreloopError

UNKNOWN, NOT_READ = "internal_error", "not_read"
# Of these the code says little: the error's own sentence names what is in the way.
SPEAK_FOR_THEMSELVES = frozenset(
    {"conflict", "invalid_request", "name_taken", "not_found", "not_allowed", "model_version_not_found"}
)
GAP = re.compile(r"\\\{\w+\\\}")


@dataclass(frozen=True, slots=True)
class ProblemView:
    """One sentence, and the number that helps us find the request."""

    sentence: str
    request_id: str

    @staticmethod
    def of(error: TyreloopError, say: Texts, *, megabytes: float, is_read: bool = False) -> ProblemView:
        """`is_read`: nothing was to be kept, so nothing is said about keeping."""
        request_id = str(getattr(error, "request_id", ""))
        code = NOT_READ if is_read and error.code == StoreUnavailable.code else error.code
        return ProblemView(
            detail_of(error, say) or _by_code(code, say, megabytes),
            say("problem.request_id", request_id=request_id) if request_id else "",
        )


def detail_of(error: TyreloopError, say: Texts) -> str:
    """The error's own sentence in the visitor's language; empty where its code says as much."""
    detail = str(error)
    if error.code not in SPEAK_FOR_THEMSELVES or detail in ("", error.code):
        return ""
    if say.language is Language.ENGLISH:
        return detail
    return in_words_of(say, detail)


def in_words_of(say: Texts, sentence: str) -> str:
    """What the house says in English, in the visitor's language; empty where nobody has said it in theirs."""
    return next(filter(None, (_filled(*pair, sentence) for pair in details_in(say.language).items())), "")


def _filled(english: str, other: str, detail: str) -> str:
    """The other language's sentence with what stands in the gaps of the English one."""
    names = re.findall(r"\{(\w+)\}", english)
    found = re.fullmatch(GAP.sub("(.+?)", re.escape(english)), detail)
    return other.format(**dict(zip(names, found.groups(), strict=True))) if found else ""


def _by_code(code: str, say: Texts, megabytes: float) -> str:
    key = f"problem.{code}"
    return say(key if key in say else f"problem.{UNKNOWN}", megabytes=f"{megabytes:g}")
