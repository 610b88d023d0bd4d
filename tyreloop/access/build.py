"""Builds what stands in front of a process, over its database."""

from __future__ import annotations

from datetime import UTC, datetime

from tyreloop.access.door import Door
from tyreloop.access.gate import Gate
from tyreloop.access.passwords import Argon2Passwords
from tyreloop.access.rate_limits import RateLimit
from tyreloop.access.tokens import TokenSigner
from tyreloop.adapters.feedback import APP_ROLE
from tyreloop.adapters.memory.staff import MemoryApiKeys, MemoryAuditLog, MemoryStaff
from tyreloop.loop_ports import Staffing
from tyreloop.settings import Settings
from tyreloop.store.db import Database
from tyreloop.store.staff import PostgresApiKeys, PostgresAuditLog, PostgresStaff


def build_staffing(database: Database) -> Staffing:
    """Staff, keys and the audit log in this database."""
    return Staffing(
        staff=PostgresStaff(database),
        keys=PostgresApiKeys(database),
        audit=PostgresAuditLog(database),
        passwords=Argon2Passwords(),
        clock=lambda: datetime.now(UTC),
    )


def build_door(settings: Settings) -> Door:
    """The door of a process that serves people; it connects when somebody knocks with a name."""
    staffing = build_staffing(Database(settings.postgres_dsn, role=APP_ROLE, connections=4))
    signer = TokenSigner(settings.require_secret_key(), staffing.clock)
    gate = Gate(signer, staffing, visitors_may_inspect=not settings.visitors_must_sign_in)
    return Door(gate, RateLimit(per_minute=settings.rate_limit_per_minute))


def staffing_in_memory() -> Staffing:
    """Staff that is forgotten with the process."""
    audit = MemoryAuditLog()
    return Staffing(
        staff=MemoryStaff(audit),
        keys=MemoryApiKeys(audit),
        audit=audit,
        passwords=Argon2Passwords(),
        clock=lambda: datetime.now(UTC),
    )
