"""Votes in Postgres: the last word of each visitor on each prediction."""

from __future__ import annotations

from datetime import datetime

from tyreloop.adapters.postgres.database import Database
from tyreloop.adapters.postgres.predictions import is_uuid
from tyreloop.adapters.postgres.statements import queries
from tyreloop.adapters.postgres.writes import Word, keep_word
from tyreloop.domain.prediction import PredictionId
from tyreloop.domain.visitor import Visitor
from tyreloop.domain.vote import Vote, VoteReason
from tyreloop.ports import Delivery, IdempotencyKey


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
