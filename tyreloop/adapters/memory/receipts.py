"""Receipts in a dictionary: what happened to a correction is told to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tyreloop.domain.feedback import Receipt
from tyreloop.domain.photos import PredictionId, Visitor
from tyreloop.ports import Corrections


class MemoryReceipts:
    """The Receipts port over any corrections."""

    def __init__(self, corrections: Corrections) -> None:
        self._corrections = corrections
        self._happened: dict[tuple[PredictionId, Visitor], dict[str, Any]] = {}

    def get(self, prediction_id: PredictionId, visitor: Visitor) -> Receipt | None:
        correction = self._corrections.get(prediction_id, visitor)
        if correction is None:
            return None
        return replace(Receipt(correction), **self._happened.get((prediction_id, visitor), {}))

    def happen(self, prediction_id: PredictionId, visitor: Visitor, **steps: Any) -> None:
        """A review, a placement, or a version that learned."""
        self._happened.setdefault((prediction_id, visitor), {}).update(steps)
