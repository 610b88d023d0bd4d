from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from tyreloop.access.gate import Gate
from tyreloop.access.passwords import Argon2Passwords
from tyreloop.access.tokens import TokenSigner
from tyreloop.adapters.memory.staff import MemoryApiKeys, MemoryAuditLog, MemoryStaff
from tyreloop.domain.staff import Actor, Right, Role
from tyreloop.loop_ports import Staffing
from tyreloop.use_cases.staff import add_staff_member

SECRET = "a secret of the tests, long enough to sign"
PASSWORD = "a password of the tests"
ROOT = Actor("shell:root", frozenset(Right), is_known=True)


class Time:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(scope="session")
def passwords() -> Argon2Passwords:
    """The real thing, as cheap as it can be."""
    return Argon2Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def staffing(time: Time, passwords: Argon2Passwords) -> Staffing:
    audit = MemoryAuditLog()
    return Staffing(MemoryStaff(audit), MemoryApiKeys(audit), audit, passwords, time)


@pytest.fixture
def gate(staffing: Staffing, time: Time) -> Gate:
    return Gate(TokenSigner(SECRET, time), staffing)


@pytest.fixture
def hire(staffing: Staffing) -> Callable[[str, Role], None]:
    def hire(name: str, role: Role) -> None:
        add_staff_member(name, PASSWORD, role, by=ROOT, using=staffing)

    return hire
