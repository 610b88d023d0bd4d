"""What every write of a visitor has in common: it is about a prediction of theirs, and it counts once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.adapters.postgres.predictions import is_uuid
from tyreloop.adapters.postgres.statements import queries
from tyreloop.domain.errors import KeyReused, PredictionNotFound

Statement = Callable[..., Mapping[str, Any]]


def say(connection: Connection, statement: Statement, *, when: Mapping[str, Any], **word: Any) -> None:
    """Run a statement that keeps a word of a visitor, or say why it was not kept.

    The statement looks whether the prediction is theirs, claims the key and keeps the word, all at once.
    """
    if not is_uuid(word["prediction_id"]):
        raise PredictionNotFound("There is no such prediction of yours.")
    key = f"{statement.__name__}:{word.pop('key')}"
    body_hash = _hash_of(list(word.values()))
    done = statement(connection, key=key, body_hash=body_hash, **word, **when)
    if not done["is_theirs"]:
        raise PredictionNotFound("There is no such prediction of yours.")
    if not done["is_first"]:
        _require_same_body(connection, word["visitor"], key, body_hash)


def _require_same_body(connection: Connection, visitor: str, key: str, body_hash: str) -> None:
    if queries.body_of_key(connection, visitor=visitor, key=key) != body_hash:
        raise KeyReused("This idempotency key was used for something else.")


def _hash_of(body: Sequence[object]) -> str:
    return sha256(json.dumps(body, default=str).encode()).hexdigest()
