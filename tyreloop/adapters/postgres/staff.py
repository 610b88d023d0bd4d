"""People who sign in, in Postgres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.adapters.postgres.audit import write_act
from tyreloop.adapters.postgres.database import Database
from tyreloop.adapters.postgres.statements import queries
from tyreloop.domain.errors import NameTaken, NotFound
from tyreloop.domain.staff import Act, Role, StaffMember


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
