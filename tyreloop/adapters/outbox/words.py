"""Votes and corrections that wait in the outbox while the database is away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from tyreloop.adapters.outbox.dispatch import Dispatch
from tyreloop.adapters.outbox.letters import Kind, Word, letter_of_correction, letter_of_vote, word_in
from tyreloop.domain.errors import StoreUnavailable
from tyreloop.domain.feedback import Correction, Vote
from tyreloop.domain.photos import PredictionId, Visitor
from tyreloop.ports import Corrections, Delivery, IdempotencyKey, Votes

Said = TypeVar("Said", Vote, Correction)


class OutboxVotes:
    """The Votes port: what waits here is read as if it had arrived."""

    def __init__(self, votes: Votes, dispatch: Dispatch) -> None:
        self._votes = votes
        self._dispatch = dispatch

    def cast(self, vote: Vote, *, key: IdempotencyKey) -> Delivery:
        letter = letter_of_vote(vote.prediction_id, vote.visitor, Word(vote, vote.cast_at, key))
        return self._dispatch.send(letter, lambda: self._votes.cast(vote, key=key))

    def retract(
        self, prediction_id: PredictionId, visitor: Visitor, *, at: datetime, key: IdempotencyKey
    ) -> Delivery:
        letter = letter_of_vote(prediction_id, visitor, Word(None, at, key))
        return self._dispatch.send(
            letter, lambda: self._votes.retract(prediction_id, visitor, at=at, key=key)
        )

    def get(self, prediction_id: PredictionId, visitor: Visitor) -> Vote | None:
        waiting = _last_word(self._dispatch, Kind.VOTE, prediction_id, visitor)
        said = waiting.said if waiting and isinstance(waiting.said, Vote) else None
        return _newest(
            waiting, said, lambda: self._dispatch.ask(lambda: self._votes.get(prediction_id, visitor))
        )


class OutboxCorrections:
    """The Corrections port, in the same way."""

    def __init__(self, corrections: Corrections, dispatch: Dispatch) -> None:
        self._corrections = corrections
        self._dispatch = dispatch

    def give(self, correction: Correction, *, key: IdempotencyKey) -> Delivery:
        word = Word(correction, correction.given_at, key)
        letter = letter_of_correction(correction.prediction_id, correction.visitor, word)
        return self._dispatch.send(letter, lambda: self._corrections.give(correction, key=key))

    def withdraw(
        self, prediction_id: PredictionId, visitor: Visitor, *, at: datetime, key: IdempotencyKey
    ) -> Delivery:
        letter = letter_of_correction(prediction_id, visitor, Word(None, at, key))
        return self._dispatch.send(
            letter, lambda: self._corrections.withdraw(prediction_id, visitor, at=at, key=key)
        )

    def get(self, prediction_id: PredictionId, visitor: Visitor) -> Correction | None:
        waiting = _last_word(self._dispatch, Kind.CORRECTION, prediction_id, visitor)
        said = waiting.said if waiting and isinstance(waiting.said, Correction) else None
        return _newest(
            waiting, said, lambda: self._dispatch.ask(lambda: self._corrections.get(prediction_id, visitor))
        )


def _last_word(dispatch: Dispatch, kind: Kind, prediction_id: PredictionId, visitor: Visitor) -> Word | None:
    words = [word_in(letter) for letter in dispatch.outbox.about(prediction_id, visitor, kind)]
    return max(words, key=lambda word: word.at, default=None)


def _newest(waiting: Word | None, said: Said | None, read_stored: Callable[[], Said | None]) -> Said | None:
    try:
        stored = read_stored()
    except StoreUnavailable:
        if waiting is None:
            raise
        return said
    if waiting is None or (stored is not None and _moment(stored) > waiting.at):
        return stored
    return said


def _moment(said: Vote | Correction) -> datetime:
    return said.cast_at if isinstance(said, Vote) else said.given_at
