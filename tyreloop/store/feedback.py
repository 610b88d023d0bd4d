"""Votes, corrections and receipts: the last word of each visitor on each prediction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.domain.damage import in_order
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
from tyreloop.store.db import Row, Statement, Table, is_uuid, queries

HOUR = timedelta(hours=1)


class _Changes(Table):
    """What votes and corrections share: it is about a prediction of theirs, and it counts once."""

    def _save(
        self,
        statement: Statement,
        prediction_id: PredictionId,
        visitor: Visitor,
        key: IdempotencyKey,
        said: Mapping[str, Any],
        **moment: datetime,
    ) -> Delivery:
        """Run a statement that keeps what a visitor says, or say why it was not kept.

        It looks whether the prediction is theirs, claims the key and keeps the change, all at once.
        """
        if not is_uuid(prediction_id):
            raise PredictionNotFound("There is no such prediction of yours.")
        body = json.dumps([prediction_id, visitor, *said.values()], default=str)
        claim = {"key": f"{statement.__name__}:{key}", "body_hash": sha256(body.encode()).hexdigest()}
        whose = {"prediction_id": prediction_id, "visitor": visitor}
        self._database.ask(
            lambda connection: _save(connection, statement, claim, {**whose, **said, **moment})
        )
        return Delivery.STORED


def _save(
    connection: Connection, statement: Statement, claim: Mapping[str, str], given: Mapping[str, Any]
) -> None:
    done = statement(connection, **claim, **given)
    if not done["is_theirs"]:
        raise PredictionNotFound("There is no such prediction of yours.")
    if done["is_first"]:
        return
    kept = queries.body_of_key(connection, visitor=given["visitor"], key=claim["key"])
    if kept != claim["body_hash"]:
        raise KeyReused("This idempotency key was used for something else.")


class PostgresVotes(_Changes):
    """One vote per visitor and prediction; the history is kept by the table itself."""

    def save(self, vote: Vote, *, key: IdempotencyKey) -> Delivery:
        said = {"liked": vote.liked, "reasons": sorted(vote.reasons), "comment": vote.comment}
        whose = (vote.prediction_id, vote.visitor)
        return self._save(queries.cast_vote, *whose, key, said, cast_at=vote.cast_at)

    def withdraw(
        self, prediction_id: PredictionId, visitor: Visitor, *, at: datetime, key: IdempotencyKey
    ) -> Delivery:
        said: Mapping[str, Any] = {"liked": None, "reasons": [], "comment": ""}
        return self._save(queries.cast_vote, prediction_id, visitor, key, said, cast_at=at)

    def get(self, prediction_id: PredictionId, visitor: Visitor) -> Vote | None:
        def vote(row: Row) -> Vote:
            reasons = frozenset(VoteReason(reason) for reason in row["reasons"])
            return Vote(prediction_id, visitor, row["liked"], row["cast_at"], reasons, row["comment"])

        return self._one(queries.get_vote, vote, prediction_id=prediction_id, visitor=visitor)


class PostgresCorrections(_Changes):
    """One right label per visitor and prediction."""

    def save(self, correction: Correction, *, key: IdempotencyKey) -> Delivery:
        spot = correction.spot
        said = {
            "label": correction.label.value,
            "spot_x": spot.x if spot else None,
            "spot_y": spot.y if spot else None,
            "kinds": list(correction.kinds),
        }
        whose = (correction.prediction_id, correction.visitor)
        return self._save(queries.give_correction, *whose, key, said, given_at=correction.given_at)

    def withdraw(
        self, prediction_id: PredictionId, visitor: Visitor, *, at: datetime, key: IdempotencyKey
    ) -> Delivery:
        said: Mapping[str, Any] = {"label": None, "spot_x": None, "spot_y": None, "kinds": []}
        return self._save(queries.give_correction, prediction_id, visitor, key, said, given_at=at)

    def get(self, prediction_id: PredictionId, visitor: Visitor) -> Correction | None:
        def correction(row: Row) -> Correction:
            return _correction(row, prediction_id, visitor)

        return self._one(queries.get_correction, correction, prediction_id=prediction_id, visitor=visitor)


class PostgresReceipts(Table):
    """What became of corrections, read from what the loop writes anyway: it cannot be out of date."""

    def get(self, prediction_id: PredictionId, visitor: Visitor) -> Receipt | None:
        """None where the visitor's correction was taken back, or never given."""

        def receipt(row: Row) -> Receipt:
            correction = _correction(row, prediction_id, visitor)
            learned = (row["learned_by"], row["learned_in_run"])
            return Receipt(correction, _review(row), _placement(row), *learned, row["left_out"])

        return self._one(queries.get_receipt, receipt, prediction_id=prediction_id, visitor=visitor)


def _correction(row: Row, prediction_id: PredictionId, visitor: Visitor) -> Correction:
    spot = Spot(row["spot_x"], row["spot_y"]) if row["spot_x"] is not None else None
    kinds = in_order(row["kinds"])
    return Correction(prediction_id, visitor, Label(row["label"]), row["given_at"], spot, kinds)


def _review(row: Row) -> ReceivedReview | None:
    if row["decision"] is None:
        return None
    label, kinds = Label(row["label_that_stands"]), in_order(row["kinds_that_stand"])
    return ReceivedReview(row["decision"] == "accepted", label, row["reviewed_at"], row["review_id"], kinds)


def _placement(row: Row) -> Placement | None:
    if row["snapshot"] is None:
        return None
    return Placement(row["snapshot"], row["part"] == "lesson", row["frozen_at"])


class PostgresVoteCounts(Table):
    """Likes and dislikes that stand, at the cost of a few rows an hour, without who gave them."""

    def of_version(self, version: int, *, since: datetime, until: datetime) -> VoteCount:
        first_hour, last_hour = _hour_of(since + HOUR - timedelta(microseconds=1)), _hour_of(until)
        row = self._ask(
            queries.votes_of_version,
            version=str(version),
            since=since,
            head_until=min(first_hour, until),
            tail_from=max(last_hour, min(first_hour, until)),
            until=until,
        )
        return VoteCount(row["likes"], row["dislikes"])


def _hour_of(moment: datetime) -> datetime:
    """Whole hours of UTC, as the counts cut them."""
    return moment - timedelta(seconds=moment.timestamp() % HOUR.total_seconds())


class PostgresWriteFailures(Table):
    """Writes that did not reach the database at once."""

    def add(self, *, failed_at: datetime, stage: str, error: str, writes: int) -> None:
        self._ask(queries.add_write_failure, failed_at=failed_at, stage=stage, error=error, writes=writes)
