"""The answer on the screen, with what its visitor has said about it."""

from __future__ import annotations

from dataclasses import dataclass

from tyreloop.client import Heat
from tyreloop.domain.feedback import Correction, Vote
from tyreloop.domain.photos import Prediction


@dataclass(slots=True)
class Shown:
    """The answer on the screen, with what this visitor has said about it."""

    prediction: Prediction
    picture: bytes | None  # a small upright JPEG
    heat: Heat | None = None
    vote: Vote | None = None
    correction: Correction | None = None
    is_fresh: bool = False  # answered in this session: the service may still be writing it down
    is_queued: bool = False  # the last word waits for the database
    not_kept: str = ""  # the text that says what could not be kept, if anything
    is_own: bool = True  # else somebody of the staff looks at a visitor's answer
