"""Staff, keys and the audit log, kept in dictionaries and a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tyreloop.domain.errors import NameTaken, NotFound
from tyreloop.domain.staff import Act, ApiKey, Role, StaffMember


class MemoryAuditLog:
    """Lines in order."""

    def __init__(self) -> None:
        self._acts: list[Act] = []

    def add(self, act: Act) -> None:
        self._acts.append(act)

    def latest(self, *, limit: int) -> Sequence[Act]:
        return self._acts[::-1][:limit]


class MemoryStaff:
    """People by their name."""

    def __init__(self, audit: MemoryAuditLog) -> None:
        self._audit = audit
        self._people: dict[str, tuple[StaffMember, str]] = {}
        self._removed: set[str] = set()

    def add(self, member: StaffMember, *, password_hash: str, act: Act) -> None:
        if member.name in self._people:
            raise NameTaken(f"Somebody is called {member.name} already.")
        self._people[member.name] = (member, password_hash)
        self._removed.discard(member.name)
        self._audit.add(act)

    def remove(self, name: str, *, act: Act) -> None:
        if self._people.pop(name, None) is None:
            raise NotFound(f"Nobody is called {name}.")
        self._removed.add(name)
        self._audit.add(act)

    def change_role(self, name: str, role: Role, *, act: Act) -> None:
        if name not in self._people:
            raise NotFound(f"Nobody is called {name}.")
        member, password_hash = self._people[name]
        self._people[name] = (replace(member, role=role), password_hash)
        self._audit.add(act)

    def was_removed(self, name: str) -> bool:
        return name in self._removed

    def get(self, name: str) -> StaffMember | None:
        return self._people[name][0] if name in self._people else None

    def password_hash(self, name: str) -> str | None:
        return self._people[name][1] if name in self._people else None

    def all(self) -> Sequence[StaffMember]:
        return [self._people[name][0] for name in sorted(self._people)]

    def make_tokens_stale(self, name: str, *, act: Act) -> None:
        if name in self._people:
            member, password_hash = self._people[name]
            self._people[name] = (replace(member, tokens_count_from=act.happened_at), password_hash)
        self._audit.add(act)


class MemoryApiKeys:
    """Keys by their id."""

    def __init__(self, audit: MemoryAuditLog) -> None:
        self._audit = audit
        self._keys: dict[str, tuple[ApiKey, str]] = {}

    def add(self, key: ApiKey, *, secret_hash: str, act: Act) -> None:
        if any(other.name == key.name and other.revoked_at is None for other, _ in self._keys.values()):
            raise NameTaken(f"There is a key called {key.name} already.")
        self._keys[key.id] = (key, secret_hash)
        self._audit.add(act)

    def revoke(self, key_id: str, *, act: Act) -> None:
        key, secret_hash = self._keys.get(key_id, (None, ""))
        if key is None or key.revoked_at is not None:
            raise NotFound("There is no such key, or it was taken back before.")
        self._keys[key_id] = (replace(key, revoked_at=act.happened_at), secret_hash)
        self._audit.add(act)

    def find(self, key_id: str) -> tuple[ApiKey, str] | None:
        return self._keys.get(key_id)

    def all(self) -> Sequence[ApiKey]:
        keys = [key for key, _ in self._keys.values()]
        return sorted(keys, key=lambda key: (key.revoked_at is not None, key.name))
