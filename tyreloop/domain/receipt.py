"""What became of a correction: received, reviewed, in a snapshot, learned."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tyreloop.domain.correction import Correction, Label


@dataclass(frozen=True, slots=True)
class ReceivedReview:
    """What a reviewer decided, without the reviewer."""

    agreed: bool
    label: Label  # the one that stands
    reviewed_at: datetime
    id: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Placement:
    """The first snapshot that holds the photo since the review."""

    snapshot: str
    is_lesson: bool  # an exam question is never trained on
    frozen_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """One correction's way so far; what has not happened yet is None."""

    correction: Correction
    review: ReceivedReview | None = None
    placement: Placement | None = None
    learned_by: int | None = None  # the first version made from a snapshot that holds the photo
    learned_in_run: str = ""  # the registry's run that made this version
