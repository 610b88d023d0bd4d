"""Votes in Postgres: the last word of each visitor, and the history of what was said."""

from __future__ import annotations

from datetime import datetime

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.adapters.postgres.database import Database
from tyreloop.adapters.postgres.statements import queries
from tyreloop.adapters.postgres.writes import is_first_time, require_own_prediction
from tyreloop.domain.prediction import PredictionId
from tyreloop.domain.visitor import Visitor
from tyreloop.domain.vote import Vote, VoteReason
from tyreloop.ports import Delivery, IdempotencyKey


class PostgresVotes:
    """One vote per visitor and prediction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def cast(self, vote: Vote, *, key: IdempotencyKey) -> Delivery:
        self._database.run(lambda connection: _cast(connection, vote, key))
        return Delivery.STORED

    def retract(
        self, prediction_id: PredictionId, visitor: Visitor, *, at: datetime, key: IdempotencyKey
    ) -> Delivery:
        self._database.run(lambda connection: _retract(connection, prediction_id, visitor, at, key))
        return Delivery.STORED

    def get(self, prediction_id: PredictionId, visitor: Visitor) -> Vote | None:
        row = self._database.run(
            lambda connection: queries.get_vote(connection, prediction_id=prediction_id, visitor=visitor)
        )
        if row is None:
            return None
        reasons = frozenset(VoteReason(reason) for reason in row["reasons"])
        return Vote(prediction_id, visitor, row["liked"], row["cast_at"], reasons, row["comment"])


def _cast(connection: Connection, vote: Vote, key: IdempotencyKey) -> None:
    require_own_prediction(connection, vote.prediction_id, vote.visitor)
    said = {
        "prediction_id": vote.prediction_id,
        "visitor": vote.visitor,
        "liked": vote.liked,
        "reasons": sorted(vote.reasons),
        "comment": vote.comment,
    }
    if is_first_time(connection, vote.visitor, key, {"cast_vote": said}):
        queries.cast_vote(connection, cast_at=vote.cast_at, **said)
        _remember(connection, vote.prediction_id, vote.visitor, vote.liked, vote.cast_at)


def _retract(
    connection: Connection, prediction_id: PredictionId, visitor: Visitor, at: datetime, key: IdempotencyKey
) -> None:
    require_own_prediction(connection, prediction_id, visitor)
    if is_first_time(connection, visitor, key, {"retract_vote": prediction_id}) and queries.retract_vote(
        connection, prediction_id=prediction_id, visitor=visitor, at=at
    ):
        _remember(connection, prediction_id, visitor, None, at)


def _remember(
    connection: Connection, prediction_id: PredictionId, visitor: Visitor, liked: bool | None, at: datetime
) -> None:
    queries.remember_vote(connection, prediction_id=prediction_id, visitor=visitor, liked=liked, said_at=at)
