"""What every write of a visitor has in common: it is about a prediction of theirs, and it counts once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.adapters.postgres.predictions import is_uuid
from tyreloop.adapters.postgres.statements import queries
from tyreloop.domain.errors import KeyReused, PredictionNotFound
from tyreloop.domain.prediction import PredictionId
from tyreloop.domain.visitor import Visitor
from tyreloop.ports import IdempotencyKey


def is_first_time(
    connection: Connection, visitor: Visitor, key: IdempotencyKey, body: Mapping[str, object]
) -> bool:
    """Whether this key comes for the first time; the same key with another body is refused."""
    body_hash = sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
    if queries.claim_key(connection, visitor=visitor, key=key, body_hash=body_hash):
        return True
    if queries.body_of_key(connection, visitor=visitor, key=key) != body_hash:
        raise KeyReused("This idempotency key was used for something else.")
    return False


def require_own_prediction(connection: Connection, prediction_id: PredictionId, visitor: Visitor) -> None:
    """Refuse what is said about a prediction that is missing or another's."""
    found = is_uuid(prediction_id) and queries.lock_own_prediction(
        connection, id=prediction_id, visitor=visitor
    )
    if not found:
        raise PredictionNotFound("There is no such prediction of yours.")
