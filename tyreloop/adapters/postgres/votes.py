"""Votes in Postgres: the last word of each visitor on each prediction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tyreloop.adapters.postgres.database import Database
from tyreloop.adapters.postgres.predictions import is_uuid
from tyreloop.adapters.postgres.statements import queries
from tyreloop.adapters.postgres.writes import say
from tyreloop.domain.prediction import PredictionId
from tyreloop.domain.visitor import Visitor
from tyreloop.domain.vote import Vote, VoteReason
from tyreloop.ports import Delivery, IdempotencyKey


class PostgresVotes:
    """One vote per visitor and prediction; the history is kept by the table itself."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def cast(self, vote: Vote, *, key: IdempotencyKey) -> Delivery:
        word = {"liked": vote.liked, "reasons": sorted(vote.reasons), "comment": vote.comment}
        return self._say(vote.prediction_id, vote.visitor, vote.cast_at, key, word)

    def retract(
        self, prediction_id: PredictionId, visitor: Visitor, *, at: datetime, key: IdempotencyKey
    ) -> Delivery:
        return self._say(prediction_id, visitor, at, key, {"liked": None, "reasons": [], "comment": ""})

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

    def _say(
        self,
        prediction_id: PredictionId,
        visitor: Visitor,
        at: datetime,
        key: IdempotencyKey,
        word: dict[str, Any],
    ) -> Delivery:
        who = {"prediction_id": prediction_id, "visitor": visitor, "key": key}
        self._database.ask(
            lambda connection: say(connection, queries.cast_vote, when={"cast_at": at}, **who, **word)
        )
        return Delivery.STORED
