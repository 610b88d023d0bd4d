"""Sends what people say at once when the database answers, and by the outbox when it does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import Generic, TypeVar

from tyreloop.domain.errors import (
    KeyReused,
    PredictionNotFound,
    StoreUnavailable,
)
from tyreloop.domain.feedback import Correction, Delivery, IdempotencyKey, Vote
from tyreloop.domain.photos import Erased, PhotoId, Prediction, PredictionId, Visitor
from tyreloop.ports import Erasures, Feedback, Predictions, Said
from tyreloop.store.outbox import (
    FeedbackChange,
    Kind,
    Outbox,
    OutboxEntry,
    change_in,
    entry_of_change,
    entry_of_prediction,
    key_of,
    prediction_in,
    same_payload,
)

Result = TypeVar("Result")


class Breaker:
    """Remembers for a few seconds that the database was away, so that nobody waits to learn it again."""

    def __init__(self, *, seconds: float = 5.0) -> None:
        self._seconds = seconds
        self._open_until = 0.0

    @property
    def is_open(self) -> bool:
        return monotonic() < self._open_until

    def trip(self) -> None:
        """The database did not answer."""
        self._open_until = monotonic() + self._seconds

    def reset(self) -> None:
        """The database answered."""
        self._open_until = 0.0


class Dispatch:
    """What the outbox's ports share."""

    def __init__(self, outbox: Outbox, breaker: Breaker, *, wake_sweeper: Callable[[], None]) -> None:
        self.outbox = outbox
        self._breaker = breaker
        self._wake_sweeper = wake_sweeper

    def send(self, entry: OutboxEntry, directly: Callable[[], Delivery]) -> Delivery:
        """Stored in the database, or on the disk: whoever gets an answer from here has been heard."""
        try:
            return self.ask(directly)
        except StoreUnavailable:
            self._refuse_what_is_known_to_be_foreign(entry)
        except PredictionNotFound:
            if self.outbox.owner_of(entry.prediction_id) != entry.visitor:
                raise
        if self._waits_already(entry):
            return Delivery.QUEUED
        return self.queue([entry])

    def queue(self, entries: Sequence[OutboxEntry]) -> Delivery:
        """Onto the disk, to be sent as soon as the database answers."""
        self.outbox.put(*entries)
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

    def _waits_already(self, entry: OutboxEntry) -> bool:
        """Whether the same key waits here, with the same body; with another it is refused."""
        waiting = self.outbox.about(entry.prediction_id, entry.visitor, entry.kind)
        same_key = [known for known in waiting if key_of(known) == key_of(entry)]
        if any(not same_payload(known, entry) for known in same_key):
            raise KeyReused("This idempotency key was used for something else.")
        return bool(same_key)

    def _refuse_what_is_known_to_be_foreign(self, entry: OutboxEntry) -> None:
        if self.outbox.owner_of(entry.prediction_id) not in (None, entry.visitor):
            raise PredictionNotFound("There is no such prediction of yours.")


class OutboxPredictions:
    """The Predictions port: what waits here is read as if it had arrived."""

    def __init__(self, predictions: Predictions, dispatch: Dispatch) -> None:
        self._predictions = predictions
        self._dispatch = dispatch

    def add(self, prediction: Prediction) -> Delivery:
        return self.add_all([prediction])

    def add_all(self, predictions: Sequence[Prediction]) -> Delivery:
        try:
            return self._dispatch.ask(lambda: self._predictions.add_all(predictions))
        except StoreUnavailable:
            return self._dispatch.queue([entry_of_prediction(prediction) for prediction in predictions])

    def get(self, prediction_id: PredictionId) -> Prediction | None:
        try:
            stored = self._dispatch.ask(lambda: self._predictions.get(prediction_id))
        except StoreUnavailable:
            if (waiting := self._waiting(prediction_id)) is None:
                raise
            return waiting
        return stored or self._waiting(prediction_id)

    def of_visitor(self, visitor: Visitor, *, limit: int) -> Sequence[Prediction]:
        waiting = [prediction_in(entry) for entry in self._dispatch.outbox.predictions_of(visitor)]
        try:
            stored = self._dispatch.ask(lambda: self._predictions.of_visitor(visitor, limit=limit))
        except StoreUnavailable:
            if not waiting:
                raise
            stored = []
        known = {prediction.id: prediction for prediction in [*waiting, *stored]}
        return sorted(known.values(), key=lambda known: known.made_at, reverse=True)[:limit]

    def _waiting(self, prediction_id: PredictionId) -> Prediction | None:
        entry = self._dispatch.outbox.prediction(prediction_id)
        return prediction_in(entry) if entry else None


class OutboxFeedback(Generic[Said]):
    """A Feedback port: the last word stands, whether it waits here or has arrived."""

    def __init__(self, kind: Kind, stored: Feedback[Said], dispatch: Dispatch) -> None:
        self._kind = kind
        self._stored: Feedback[Said] = stored
        self._dispatch = dispatch

    def save(self, said: Said, *, key: IdempotencyKey) -> Delivery:
        change = FeedbackChange(said, _moment(said), key)
        entry = entry_of_change(self._kind, said.prediction_id, said.visitor, change)
        return self._dispatch.send(entry, lambda: self._stored.save(said, key=key))

    def withdraw(
        self, prediction_id: PredictionId, visitor: Visitor, *, at: datetime, key: IdempotencyKey
    ) -> Delivery:
        entry = entry_of_change(self._kind, prediction_id, visitor, FeedbackChange(None, at, key))
        return self._dispatch.send(
            entry, lambda: self._stored.withdraw(prediction_id, visitor, at=at, key=key)
        )

    def get(self, prediction_id: PredictionId, visitor: Visitor) -> Said | None:
        entries = self._dispatch.outbox.about(prediction_id, visitor, self._kind)
        waiting = max(map(change_in, entries), key=lambda change: change.at, default=None)
        said: Said | None = waiting.said if waiting else None  # type: ignore[assignment]
        try:
            stored: Said | None = self._dispatch.ask(lambda: self._stored.get(prediction_id, visitor))
        except StoreUnavailable:
            if waiting is None:
                raise
            return said
        if waiting is None or (stored is not None and _moment(stored) > waiting.at):
            return stored
        return said


class OutboxErasures:
    """The Erasures port: the database first, then what lies on this machine: outbox and training folders."""

    def __init__(
        self, erasures: Erasures, outbox: Outbox, journal: Outbox, forget_copies: Callable[[PhotoId], object]
    ) -> None:
        self._erasures = erasures
        self._outbox = outbox
        self._journal = journal
        self._forget_copies = forget_copies

    def erase(self, prediction_id: PredictionId, visitor: Visitor) -> Erased:
        try:
            erased = self._erasures.erase(prediction_id, visitor)
        except PredictionNotFound:
            if self._outbox.owner_of(prediction_id) == visitor:
                raise StoreUnavailable("The photo is still on its way. Try again in a moment.") from None
            raise
        for gone in erased.predictions:
            self._outbox.forget(gone)
            self._journal.forget(gone)
        if erased.orphan is None:
            return erased
        self._forget_copies(erased.orphan)
        if self._journal.shows(erased.orphan):
            return replace(erased, orphan=None)  # somebody else just showed the same photo
        return erased

    def left_behind(self, predictions: Sequence[Prediction]) -> Sequence[PhotoId]:
        return self._erasures.left_behind(predictions)

    def was_erased(self, prediction_id: PredictionId) -> bool:
        return self._erasures.was_erased(prediction_id)


def _moment(said: Vote | Correction) -> datetime:
    return said.cast_at if isinstance(said, Vote) else said.given_at
