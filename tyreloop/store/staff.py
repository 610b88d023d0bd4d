"""People who sign in, keys of programs, and the audit log, which refuses to change or to forget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extras import Json

from tyreloop.domain.errors import InvitationSpent, NameTaken, NotFound
from tyreloop.domain.staff import Act, ApiKey, Invitation, Right, Role, StaffMember
from tyreloop.store.db import Database, queries

FAULTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """What the chain of the audit log says about itself."""

    lines: int
    head: str
    broken: tuple[int, ...]
    noted_is_there: bool

    @property
    def is_whole(self) -> bool:
        return not self.broken and self.noted_is_there


class PostgresAuditLog:
    """Who did what, one row a line."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, act: Act) -> None:
        self._database.ask(lambda connection: write_act(connection, act))

    def latest(self, *, limit: int) -> Sequence[Act]:
        rows = self._database.ask(lambda connection: list(queries.latest_acts(connection, at_most=limit)))
        return [Act(**row) for row in rows]

    def check(self, *, noted: str = "") -> AuditCheck:
        """Whether each line follows from the one before it, and whether a noted digest is still there."""

        def check(connection: Connection) -> AuditCheck:
            broken = list(queries.broken_acts(connection, at_most=FAULTS_SHOWN))
            length = queries.audit_length(connection)
            found = not noted or bool(queries.is_audit_digest(connection, digest=noted))
            return AuditCheck(length["lines"], length["head"], tuple(row["id"] for row in broken), found)

        return self._database.ask(check)


def write_act(connection: Connection, act: Act) -> None:
    """A line within somebody's transaction: the deed and its line are kept together, or not at all."""
    queries.add_act(connection, **{**asdict(act), "details": Json(dict(act.details))})


class PostgresStaff:
    """Each person one row; who left keeps the row, shut."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, member: StaffMember, *, password_hash: str, act: Act) -> None:
        self._database.run(lambda connection: _add_member(connection, member, password_hash, act))

    def invite(self, invitation: Invitation, *, secret_hash: str, act: Act) -> None:
        def invite(connection: Connection) -> None:
            queries.add_invitation(connection, secret_hash=secret_hash, **asdict(invitation))
            write_act(connection, act)

        self._database.run(invite)

    def invitation(self, secret_hash: str, *, at: datetime) -> Invitation | None:
        """The link that counts at that moment."""
        row = self._database.ask(
            lambda connection: queries.get_invitation(connection, secret_hash=secret_hash, at=at)
        )
        return Invitation(**{**row, "role": Role(row["role"])}) if row else None

    def redeem(self, member: StaffMember, *, password_hash: str, secret_hash: str, act: Act) -> None:
        """The link is used up and the person is there, or neither."""

        def redeem(connection: Connection) -> None:
            used = {"secret_hash": secret_hash, "name": member.name, "at": member.created_at}
            if queries.redeem_invitation(connection, **used) != member.role.value:
                raise InvitationSpent(InvitationSpent.sentence)
            _add_member(connection, member, password_hash, act)

        self._database.run(redeem)

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


def _add_member(connection: Connection, member: StaffMember, password_hash: str, act: Act) -> None:
    if queries.add_staff_member(connection, **asdict(member), password_hash=password_hash) is None:
        raise NameTaken(f"Somebody is called {member.name} already.")
    write_act(connection, act)


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
