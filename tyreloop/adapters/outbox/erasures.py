"""Deletions reach the outbox too: nothing about a deleted photo stays on this machine's disk."""

from __future__ import annotations

from tyreloop.adapters.outbox.box import Outbox
from tyreloop.adapters.outbox.neighbours import SUFFIX, whose_prediction
from tyreloop.domain.errors import PredictionNotFound, StoreUnavailable
from tyreloop.domain.photos import PredictionId, Visitor
from tyreloop.ports import Erased, Erasures


class OutboxErasures:
    """The Erasures port: the database first, then every outbox of this machine."""

    def __init__(self, erasures: Erasures, outbox: Outbox) -> None:
        self._erasures = erasures
        self._outbox = outbox

    def erase(self, prediction_id: PredictionId, visitor: Visitor) -> Erased:
        try:
            erased = self._erasures.erase(prediction_id, visitor)
        except PredictionNotFound:
            if whose_prediction(self._outbox.file.parent, prediction_id) == visitor:
                raise StoreUnavailable("The photo is still on its way. Try again in a moment.") from None
            raise
        for gone in erased.predictions:
            self._forget(gone)
        return erased

    def was_erased(self, prediction_id: PredictionId) -> bool:
        return self._erasures.was_erased(prediction_id)

    def _forget(self, prediction_id: PredictionId) -> None:
        self._outbox.forget(prediction_id)
        for file in self._outbox.file.parent.glob(f"*{SUFFIX}"):
            if file != self._outbox.file:
                neighbour = Outbox(file)
                neighbour.forget(prediction_id)
                neighbour.close()
