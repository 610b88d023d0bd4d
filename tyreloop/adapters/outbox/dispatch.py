"""Sends a write at once when the database answers, and puts it into the outbox when it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tyreloop.adapters.outbox.box import Outbox
from tyreloop.adapters.outbox.breaker import Breaker
from tyreloop.adapters.outbox.letters import Kind, Letter
from tyreloop.adapters.outbox.neighbours import whose_prediction
from tyreloop.domain.errors import PredictionNotFound, StoreUnavailable
from tyreloop.ports import Delivery

Result = TypeVar("Result")


class Dispatch:
    """What the outbox's ports share."""

    def __init__(self, outbox: Outbox, breaker: Breaker, *, wake_sweeper: Callable[[], None]) -> None:
        self.outbox = outbox
        self._breaker = breaker
        self._wake_sweeper = wake_sweeper

    def send(self, letter: Letter, directly: Callable[[], Delivery]) -> Delivery:
        """Stored in the database, or on the disk: whoever gets an answer from here has been heard."""
        try:
            return self.ask(directly)
        except StoreUnavailable:
            self._refuse_what_is_known_to_be_foreign(letter)
        except PredictionNotFound:
            if whose_prediction(self.outbox.file.parent, letter.prediction_id) != letter.visitor:
                raise
        self.outbox.put(letter)
        self._wake_sweeper()
        return Delivery.QUEUED

    def ask(self, directly: Callable[[], Result]) -> Result:
        """Ask the database, unless it was away a moment ago."""
        if self._breaker.is_open:
            raise StoreUnavailable("The database did not answer a moment ago.")
        try:
            return directly()
        except StoreUnavailable:
            self._breaker.trip()
            raise

    def _refuse_what_is_known_to_be_foreign(self, letter: Letter) -> None:
        if letter.kind is Kind.PREDICTION:
            return
        owner = whose_prediction(self.outbox.file.parent, letter.prediction_id)
        if owner not in (None, letter.visitor):
            raise PredictionNotFound("There is no such prediction of yours.")
