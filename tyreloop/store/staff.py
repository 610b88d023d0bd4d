"""People who sign in, keys of programs, and the audit log, which refuses to change or to forget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extras import Json

from tyreloop.domain.errors import NameTaken, NotFound
from tyreloop.domain.staff import Act, ApiKey, Right, Role, StaffMember
from tyreloop.store.db import Database, queries


class PostgresAuditLog:
    """Who did what, one row a line."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, act: Act) -> None:
        self._database.ask(lambda connection: write_act(connection, act))

    def latest(self, *, limit: int) -> Sequence[Act]:
        rows = self._database.ask(lambda connection: list(queries.latest_acts(connection, at_most=limit)))
        return [Act(**row) for row in rows]


def write_act(connection: Connection, act: Act) -> None:
    """A line within somebody's transaction: the deed and its line are kept together, or not at all."""
    queries.add_act(connection, **{**asdict(act), "details": Json(dict(act.details))})


class PostgresStaff:
    """Each person one row; who left keeps the row, shut."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, member: StaffMember, *, password_hash: str, act: Act) -> None:
        row = {
            "name": member.name,
            "password_hash": password_hash,
            "role": member.role.value,
            "created_at": member.created_at,
            "tokens_count_from": member.tokens_count_from,
        }

        def add(connection: Connection) -> None:
            if queries.add_staff_member(connection, **row) is None:
                raise NameTaken(f"Somebody is called {member.name} already.")
            write_act(connection, act)

        self._database.run(add)

    def remove(self, name: str, *, act: Act) -> None:
        def remove(connection: Connection) -> None:
            if queries.remove_staff_member(connection, name=name, at=act.happened_at) is None:
                raise NotFound(f"Nobody is called {name}.")
            write_act(connection, act)

        self._database.run(remove)

    def change_role(self, name: str, role: Role, *, act: Act) -> None:
        def change(connection: Connection) -> None:
            if queries.change_role(connection, name=name, role=role.value) is None:
                raise NotFound(f"Nobody is called {name}.")
            write_act(connection, act)

        self._database.run(change)

    def was_removed(self, name: str) -> bool:
        return bool(self._database.ask(lambda connection: queries.was_staff_removed(connection, name=name)))

    def get(self, name: str) -> StaffMember | None:
        row = self._row(name)
        return _member_of(row) if row else None

    def password_hash(self, name: str) -> str | None:
        row = self._row(name)
        return str(row["password_hash"]) if row else None

    def all(self) -> Sequence[StaffMember]:
        rows = self._database.ask(lambda connection: list(queries.all_staff(connection)))
        return [_member_of(row) for row in rows]

    def make_tokens_stale(self, name: str, *, act: Act) -> None:
        def shut(connection: Connection) -> None:
            queries.make_tokens_stale(connection, name=name, at=act.happened_at)
            write_act(connection, act)

        self._database.run(shut)

    def _row(self, name: str) -> Mapping[str, Any] | None:
        row: Mapping[str, Any] | None = self._database.ask(
            lambda connection: queries.get_staff_member(connection, name=name)
        )
        return row


def _member_of(row: Mapping[str, Any]) -> StaffMember:
    return StaffMember(row["name"], Role(row["role"]), row["created_at"], row["tokens_count_from"])


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
