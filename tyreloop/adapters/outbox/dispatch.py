"""Sends a write at once when the database answers, and puts it into the outbox when it does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from tyreloop.adapters.outbox.box import Outbox
from tyreloop.adapters.outbox.breaker import Breaker
from tyreloop.adapters.outbox.letters import Letter, key_of, say_the_same
from tyreloop.adapters.outbox.neighbours import whose_prediction
from tyreloop.domain.errors import KeyReused, PredictionNotFound, StoreUnavailable
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
        if self._waits_already(letter):
            return Delivery.QUEUED
        return self.queue([letter])

    def queue(self, letters: Sequence[Letter]) -> Delivery:
        """Onto the disk, to be sent as soon as the database answers."""
        self.outbox.put(*letters)
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

    def _waits_already(self, letter: Letter) -> bool:
        """Whether the same key waits here, with the same body; with another it is refused."""
        waiting = self.outbox.about(letter.prediction_id, letter.visitor, letter.kind)
        same_key = [known for known in waiting if key_of(known) == key_of(letter)]
        if any(not say_the_same(known, letter) for known in same_key):
            raise KeyReused("This idempotency key was used for something else.")
        return bool(same_key)

    def _refuse_what_is_known_to_be_foreign(self, letter: Letter) -> None:
        owner = whose_prediction(self.outbox.file.parent, letter.prediction_id)
        if owner not in (None, letter.visitor):
            raise PredictionNotFound("There is no such prediction of yours.")
