"""People who sign in, keys of programs, and the audit log, which refuses to change or to forget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.domain.errors import InvitationSpent, NameTaken, NotFound
from tyreloop.domain.staff import Act, ApiKey, Invitation, Right, Role, StaffMember
from tyreloop.store.db import Row, Table, queries, write_act

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


class PostgresAuditLog(Table):
    """Who did what, one row a line."""

    def add(self, act: Act) -> None:
        self._database.ask(lambda connection: write_act(connection, act))

    def latest(self, *, limit: int) -> Sequence[Act]:
        return self._all(queries.latest_acts, lambda row: Act(**row), at_most=limit)

    def check(self, *, noted: str = "") -> AuditCheck:
        """Whether each line follows from the one before it, and whether a noted digest is still there."""

        def check(connection: Connection) -> AuditCheck:
            broken = list(queries.broken_acts(connection, at_most=FAULTS_SHOWN))
            length = queries.audit_length(connection)
            found = not noted or bool(queries.is_audit_digest(connection, digest=noted))
            return AuditCheck(length["lines"], length["head"], tuple(row["id"] for row in broken), found)

        return self._database.ask(check)


class PostgresStaff(Table):
    """Each person one row; who left keeps the row, shut."""

    def add(self, member: StaffMember, *, password_hash: str, act: Act) -> None:
        """Keep a new person, or one who was removed before; raises NameTaken."""
        taken = NameTaken(f"Somebody is called {member.name} already.")
        row = {**asdict(member), "password_hash": password_hash}
        self._change(queries.add_staff_member, act, refused=taken, **row)

    def invite(self, invitation: Invitation, *, secret_hash: str, act: Act) -> None:
        self._change(queries.add_invitation, act, secret_hash=secret_hash, **asdict(invitation))

    def invitation(self, secret_hash: str, *, at: datetime) -> Invitation | None:
        """The link that counts at that moment."""

        def invitation(row: Row) -> Invitation:
            return Invitation(**{**row, "role": Role(row["role"])})

        return self._one(queries.get_invitation, invitation, secret_hash=secret_hash, at=at)

    def redeem(self, member: StaffMember, *, password_hash: str, secret_hash: str, act: Act) -> None:
        """The link is used up and the person is there, or neither."""

        def redeem(connection: Connection) -> None:
            row = {**asdict(member), "secret_hash": secret_hash, "password_hash": password_hash}
            outcome = queries.redeem_invitation(connection, **row)
            if outcome == "taken":
                raise NameTaken(f"Somebody is called {member.name} already.")
            if outcome != "joined":
                raise InvitationSpent(InvitationSpent.sentence)
            write_act(connection, act)

        self._database.run(redeem)

    def remove(self, name: str, *, act: Act) -> None:
        nobody = NotFound(f"Nobody is called {name}.")
        self._change(queries.remove_staff_member, act, refused=nobody, name=name, at=act.happened_at)

    def change_role(self, name: str, role: Role, *, act: Act) -> None:
        nobody = NotFound(f"Nobody is called {name}.")
        self._change(queries.change_role, act, refused=nobody, name=name, role=role.value)

    def was_removed(self, name: str) -> bool:
        """Whether somebody of this name left and did not come back."""
        return bool(self._ask(queries.was_staff_removed, name=name))

    def get(self, name: str) -> StaffMember | None:
        return self._one(queries.get_staff_member, _member_of, name=name)

    def password_hash(self, name: str) -> str | None:
        return self._one(queries.get_staff_member, lambda row: str(row["password_hash"]), name=name)

    def all(self) -> Sequence[StaffMember]:
        return self._all(queries.all_staff, _member_of)

    def make_tokens_stale(self, name: str, *, act: Act) -> None:
        """Whatever was signed for this person before the act counts no more."""
        self._change(queries.make_tokens_stale, act, name=name, at=act.happened_at)


class PostgresApiKeys(Table):
    """Each key one row, with the hash of its secret."""

    def add(self, key: ApiKey, *, secret_hash: str, act: Act) -> None:
        self._change(
            queries.add_api_key,
            act,
            refused=NameTaken(f"There is a key called {key.name} already."),
            id=key.id,
            name=key.name,
            rights=sorted(key.rights),
            secret_hash=secret_hash,
            created_by=key.created_by,
            created_at=key.created_at,
            expires_at=key.expires_at,
        )

    def revoke(self, key_id: str, *, act: Act) -> None:
        gone = NotFound("There is no such key, or it was taken back before.")
        self._change(queries.revoke_api_key, act, refused=gone, id=key_id, at=act.happened_at)

    def find(self, key_id: str) -> tuple[ApiKey, str] | None:
        """A key and the hash of its secret."""
        return self._one(queries.get_api_key, lambda row: (_key_of(row), str(row["secret_hash"])), id=key_id)

    def note_use(self, key_id: str, *, day: date) -> None:
        self._ask(queries.note_use_of_api_key, id=key_id, day=day)

    def all(self) -> Sequence[ApiKey]:
        return self._all(queries.all_api_keys, _key_of)


def _member_of(row: Row) -> StaffMember:
    return StaffMember(row["name"], Role(row["role"]), row["created_at"], row["tokens_count_from"])


def _key_of(row: Row) -> ApiKey:
    return ApiKey(
        id=row["id"],
        name=row["name"],
        rights=frozenset(Right(right) for right in row["rights"]),
        created_by=row["created_by"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        last_used_on=row["last_used_on"],
    )
