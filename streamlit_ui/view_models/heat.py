"""Whether there is a place worth showing, and what it proves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from streamlit_ui.texts import Texts
from tyreloop.client import Heat
from tyreloop.domain.damage import Outline
from tyreloop.domain.photos import Answer, Prediction

Grid = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class HeatView:
    """The heat and the line around the damage that are drawn, if any, and the sentence below the photo."""

    grid: Grid | None
    line: str
    outline: Outline = ()

    @staticmethod
    def of(prediction: Prediction, heat: Heat | None, say: Texts) -> HeatView:
        """Only a damage has a place; one that moves the answer is a reason, any other a hint."""
        outline = prediction.verdict.outline
        if prediction.answer is not Answer.DEFECTIVE:
            return HeatView(None, "")
        if heat is None:
            return HeatView(None, say("heat.outline") if outline else "", outline)
        if heat.is_quiet or not heat.moved:
            return HeatView(None, say("heat.hint" if outline else "heat.no_reason"), outline)
        return HeatView(heat.grid, say("heat.proof"), outline)
