"""Keys of programs in Postgres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.adapters.postgres.audit import write_act
from tyreloop.adapters.postgres.database import Database
from tyreloop.adapters.postgres.statements import queries
from tyreloop.domain.errors import NameTaken, NotFound
from tyreloop.domain.staff import Act, ApiKey, Right


class PostgresApiKeys:
    """Each key one row, with the hash of its secret."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, key: ApiKey, *, secret_hash: str, act: Act) -> None:
        row = {
            "id": key.id,
            "name": key.name,
            "rights": sorted(key.rights),
            "secret_hash": secret_hash,
            "created_by": key.created_by,
            "created_at": key.created_at,
            "expires_at": key.expires_at,
        }

        def add(connection: Connection) -> None:
            if queries.add_api_key(connection, **row) is None:
                raise NameTaken(f"There is a key called {key.name} already.")
            write_act(connection, act)

        self._database.run(add)

    def revoke(self, key_id: str, *, act: Act) -> None:
        def revoke(connection: Connection) -> None:
            if queries.revoke_api_key(connection, id=key_id, at=act.happened_at) is None:
                raise NotFound("There is no such key, or it was taken back before.")
            write_act(connection, act)

        self._database.run(revoke)

    def find(self, key_id: str) -> tuple[ApiKey, str] | None:
        row = self._database.ask(lambda connection: queries.get_api_key(connection, id=key_id))
        return (_key_of(row), str(row["secret_hash"])) if row else None

    def all(self) -> Sequence[ApiKey]:
        rows = self._database.ask(lambda connection: list(queries.all_api_keys(connection)))
        return [_key_of(row) for row in rows]


def _key_of(row: Mapping[str, Any]) -> ApiKey:
    return ApiKey(
        id=row["id"],
        name=row["name"],
        rights=frozenset(Right(right) for right in row["rights"]),
        created_by=row["created_by"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )
