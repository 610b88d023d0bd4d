"""What every write of a visitor has in common: it is about a prediction of theirs, and it counts once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.adapters.postgres.database import Database
from tyreloop.adapters.postgres.predictions import is_uuid
from tyreloop.adapters.postgres.statements import queries
from tyreloop.domain.errors import KeyReused, PredictionNotFound
from tyreloop.domain.prediction import PredictionId
from tyreloop.domain.visitor import Visitor
from tyreloop.ports import Delivery, IdempotencyKey

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
