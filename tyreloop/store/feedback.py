"""Votes, corrections and receipts: the last word of each visitor on each prediction."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.domain.errors import KeyReused, PredictionNotFound
from tyreloop.domain.feedback import (
    Correction,
    Delivery,
    IdempotencyKey,
    Label,
    Placement,
    Receipt,
    ReceivedReview,
    Spot,
    Vote,
    VoteCount,
    VoteReason,
)
from tyreloop.domain.photos import PredictionId, Visitor
from tyreloop.store.db import Database, queries
from tyreloop.store.photos import is_uuid

Statement = Callable[..., Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Word:
    """What a visitor says about a prediction of theirs; its moment is no part of what it says."""

    prediction_id: PredictionId
    visitor: Visitor
    said: Mapping[str, Any]
    when: Mapping[str, Any]

    @property
    def body_hash(self) -> str:
        body = [self.prediction_id, self.visitor, *self.said.values()]
        return sha256(json.dumps(body, default=str).encode()).hexdigest()


def keep_word(database: Database, statement: Statement, word: Word, *, key: IdempotencyKey) -> Delivery:
    """Run a statement that keeps a word of a visitor, or say why it was not kept.

    The statement looks whether the prediction is theirs, claims the key and keeps the word, all at once.
    """
    if not is_uuid(word.prediction_id):
        raise PredictionNotFound("There is no such prediction of yours.")
    database.ask(lambda connection: _keep(connection, statement, word, f"{statement.__name__}:{key}"))
    return Delivery.STORED


def _keep(connection: Connection, statement: Statement, word: Word, key: str) -> None:
    who = {"prediction_id": word.prediction_id, "visitor": word.visitor}
    done = statement(connection, key=key, body_hash=word.body_hash, **who, **word.said, **word.when)
    if not done["is_theirs"]:
        raise PredictionNotFound("There is no such prediction of yours.")
    if not done["is_first"]:
        _require_same_body(connection, word.visitor, key, word.body_hash)


def _require_same_body(connection: Connection, visitor: str, key: str, body_hash: str) -> None:
    if queries.body_of_key(connection, visitor=visitor, key=key) != body_hash:
        raise KeyReused("This idempotency key was used for something else.")


class PostgresVotes:
    """One vote per visitor and prediction; the history is kept by the table itself."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def cast(self, vote: Vote, *, key: IdempotencyKey) -> Delivery:
        said = {"liked": vote.liked, "reasons": sorted(vote.reasons), "comment": vote.comment}
        word = Word(vote.prediction_id, vote.visitor, said, {"cast_at": vote.cast_at})
        return keep_word(self._database, queries.cast_vote, word, key=key)

    def retract(
        self, prediction_id: PredictionId, visitor: Visitor, *, at: datetime, key: IdempotencyKey
    ) -> Delivery:
        word = Word(prediction_id, visitor, {"liked": None, "reasons": [], "comment": ""}, {"cast_at": at})
        return keep_word(self._database, queries.cast_vote, word, key=key)

    def get(self, prediction_id: PredictionId, visitor: Visitor) -> Vote | None:
        if not is_uuid(prediction_id):
            return None
        row = self._database.ask(
            lambda connection: queries.get_vote(connection, prediction_id=prediction_id, visitor=visitor)
        )
        if row is None:
            return None
        reasons = frozenset(VoteReason(reason) for reason in row["reasons"])
        return Vote(prediction_id, visitor, row["liked"], row["cast_at"], reasons, row["comment"])


class PostgresCorrections:
    """One right label per visitor and prediction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def give(self, correction: Correction, *, key: IdempotencyKey) -> Delivery:
        spot = correction.spot
        said = {
            "label": correction.label.value,
            "spot_x": spot.x if spot else None,
            "spot_y": spot.y if spot else None,
        }
        word = Word(correction.prediction_id, correction.visitor, said, {"given_at": correction.given_at})
        return keep_word(self._database, queries.give_correction, word, key=key)

    def withdraw(
        self, prediction_id: PredictionId, visitor: Visitor, *, at: datetime, key: IdempotencyKey
    ) -> Delivery:
        word = Word(prediction_id, visitor, {"label": None, "spot_x": None, "spot_y": None}, {"given_at": at})
        return keep_word(self._database, queries.give_correction, word, key=key)

    def get(self, prediction_id: PredictionId, visitor: Visitor) -> Correction | None:
        if not is_uuid(prediction_id):
            return None
        row = self._database.ask(
            lambda connection: queries.get_correction(
                connection, prediction_id=prediction_id, visitor=visitor
            )
        )
        if row is None:
            return None
        spot = Spot(row["spot_x"], row["spot_y"]) if row["spot_x"] is not None else None
        return Correction(prediction_id, visitor, Label(row["label"]), row["given_at"], spot)


Row = Mapping[str, Any]


class PostgresReceipts:
    """The Receipts port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, prediction_id: PredictionId, visitor: Visitor) -> Receipt | None:
        if not is_uuid(prediction_id):
            return None
        row = self._database.ask(
            lambda connection: queries.get_receipt(connection, prediction_id=prediction_id, visitor=visitor)
        )
        if row is None:
            return None
        spot = Spot(row["spot_x"], row["spot_y"]) if row["spot_x"] is not None else None
        correction = Correction(prediction_id, visitor, Label(row["label"]), row["given_at"], spot)
        return Receipt(correction, _review(row), _placement(row), row["learned_by"], row["learned_in_run"])


def _review(row: Row) -> ReceivedReview | None:
    if row["decision"] is None:
        return None
    label = Label(row["label_that_stands"])
    return ReceivedReview(row["decision"] == "accepted", label, row["reviewed_at"], row["review_id"])


def _placement(row: Row) -> Placement | None:
    if row["snapshot"] is None:
        return None
    return Placement(row["snapshot"], row["part"] == "lesson", row["frozen_at"])


HOUR = timedelta(hours=1)


class PostgresVoteCounts:
    """The VoteCounts port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_version(self, version: int, *, since: datetime, until: datetime) -> VoteCount:
        first_hour, last_hour = _hour_of(since + HOUR - timedelta(microseconds=1)), _hour_of(until)
        span = {
            "since": since,
            "head_until": min(first_hour, until),
            "tail_from": max(last_hour, min(first_hour, until)),
            "until": until,
        }
        row = self._database.ask(
            lambda connection: queries.votes_of_version(connection, version=str(version), **span)
        )
        return VoteCount(row["likes"], row["dislikes"])


def _hour_of(moment: datetime) -> datetime:
    """Whole hours of UTC, as the counts cut them."""
    return moment - timedelta(seconds=moment.timestamp() % HOUR.total_seconds())


class PostgresWriteFailures:
    """Writes that did not reach the database at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, *, failed_at: datetime, stage: str, error: str, writes: int) -> None:
        self._database.ask(
            lambda connection: queries.add_write_failure(
                connection, failed_at=failed_at, stage=stage, error=error, writes=writes
            )
        )
