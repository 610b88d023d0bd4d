"""The right label for a photo, as one visitor sees it; never mixed with the vote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tyreloop.domain.prediction import PredictionId
from tyreloop.domain.visitor import Visitor


class Label(StrEnum):
    """What a person says the photo shows."""

    GOOD = "good"
    DEFECTIVE = "defective"
    NOT_A_TYRE = "not_a_tyre"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where on the photo the defect is, as shares of its width and height."""

    x: float
    y: float

    def __post_init__(self) -> None:
        if not (0 <= self.x <= 1 and 0 <= self.y <= 1):
            raise ValueError("a spot lies on the photo")


@dataclass(frozen=True, slots=True)
class Correction:
    """The right label for a photo, as one visitor sees it."""

    prediction_id: PredictionId
    visitor: Visitor
    label: Label
    given_at: datetime
    spot: Spot | None = None
