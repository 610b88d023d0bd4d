"""Whether there is a place worth showing, and what it proves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from streamlit_ui.texts import Texts
from tyreloop.client import Heat
from tyreloop.domain.photos import Answer, Prediction

Grid = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class HeatView:
    """The heat that is drawn, if any, and the sentence below the photo."""

    grid: Grid | None
    line: str

    @staticmethod
    def of(prediction: Prediction, heat: Heat | None, say: Texts) -> HeatView:
        """Only a damage has a place; only a place that moves the answer is a reason."""
        if heat is None or prediction.answer is not Answer.DEFECTIVE:
            return HeatView(None, "")
        if heat.is_quiet or not heat.moved:
            return HeatView(None, say("heat.no_reason"))
        return HeatView(heat.grid, say("heat.proof"))
