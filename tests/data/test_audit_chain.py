"""The audit log tells when a line of it was changed, taken out or put in, or when its end was cut off."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from click.testing import CliRunner

from tests.contract.people import settings_for
from tyreloop.cli import staff
from tyreloop.domain.staff import Act
from tyreloop.store.db import Database
from tyreloop.store.staff import PostgresAuditLog

AT = datetime(2026, 11, 30, 9, 0, 0, 123_456, tzinfo=UTC)
Tamper = Callable[[str], None]

CHANGED = "UPDATE audit_log SET actor = 'somebody else' WHERE id = 3"
REMOVED = "DELETE FROM audit_log WHERE id = 3"
CUT_OFF = "DELETE FROM audit_log WHERE id >= 5"
PUT_IN = """
    INSERT INTO audit_log (id, happened_at, actor, action, digest) OVERRIDING SYSTEM VALUE
    SELECT 0, now(), 'mallory', 'never_done', sha256('made up')
"""
# Somebody who knows how digests are made gives the new line a right one; the next line tells.
PUT_IN_WELL = """
    DELETE FROM audit_log WHERE id = 3;
    INSERT INTO audit_log (id, happened_at, actor, action, digest) OVERRIDING SYSTEM VALUE
    SELECT 3, now(), 'mallory', 'never_done', ''::bytea;
    UPDATE audit_log AS line SET digest = audit_digest(line, before.digest)
    FROM audit_log AS before WHERE line.id = 3 AND before.id = 2
"""


@pytest.fixture
def database_dsn(own_database_dsn: dict[str, Any]) -> dict[str, Any]:
    """Its own: lines are told by their numbers, from the first on."""
    return own_database_dsn


@pytest.fixture
def log(database: Database) -> PostgresAuditLog:
    log = PostgresAuditLog(database)
    for number in range(6):
        log.add(
            Act("kim", "released", f"model:{number}", AT, "request-1", {"from": number, "why": "나아짐 \\ '"})
        )
    return log


@pytest.fixture
def tamper(database_dsn: dict[str, Any]) -> Tamper:
    """As the owner of the tables, who can switch triggers off."""

    def tamper(statement: str) -> None:
        with closing(psycopg2.connect(**database_dsn)) as connection, connection, connection.cursor() as at:
            at.execute("ALTER TABLE audit_log DISABLE TRIGGER USER")
            at.execute(statement)
            at.execute("ALTER TABLE audit_log ENABLE TRIGGER USER")

    return tamper


def test_an_untouched_log_is_whole(log: PostgresAuditLog) -> None:
    found = log.check()
    assert (found.lines, found.broken, found.is_whole) == (6, (), True)
    assert PostgresAuditLog.check(log, noted=found.head).is_whole


def test_an_empty_log_is_whole(database: Database) -> None:
    assert PostgresAuditLog(database).check().is_whole


@pytest.mark.parametrize(
    ("statement", "told"),
    [(CHANGED, (3,)), (REMOVED, (4,)), (PUT_IN, (0, 1)), (PUT_IN_WELL, (4,)), (CUT_OFF, (6,))],
)
def test_what_was_done_to_the_log_is_found(
    log: PostgresAuditLog, tamper: Tamper, statement: str, told: tuple[int, ...]
) -> None:
    tamper(statement)
    found = log.check()
    assert found.broken == told
    assert not found.is_whole


def test_a_log_that_was_written_anew_is_found_by_a_noted_digest(
    log: PostgresAuditLog, tamper: Tamper
) -> None:
    noted = log.check().head
    tamper("TRUNCATE audit_log; UPDATE audit_head SET id = 0, digest = ''")
    log.add(Act("mallory", "nothing_happened", "", AT))
    assert log.check().is_whole
    assert not log.check(noted=noted).is_whole


def test_lines_of_many_at_once_are_one_chain(database: Database) -> None:
    log = PostgresAuditLog(database)
    with ThreadPoolExecutor(4) as many:
        list(many.map(lambda number: log.add(Act("kim", "looked", str(number), AT)), range(40)))
    found = log.check()
    assert (found.lines, found.is_whole) == (40, True)


def test_the_service_cannot_touch_the_end_of_the_chain(database_dsn: dict[str, Any]) -> None:
    with (
        closing(psycopg2.connect(**database_dsn, options="-c role=tyreloop_app")) as connection,
        connection.cursor() as at,
        pytest.raises(psycopg2.errors.InsufficientPrivilege),
    ):
        at.execute("UPDATE audit_head SET id = 0")


def test_the_command_names_the_line_and_fails(
    log: PostgresAuditLog,
    tamper: Tamper,
    database_dsn: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(staff, "settings", lambda: settings_for(database_dsn, tmp_path))
    whole = CliRunner().invoke(staff.audit, ["check"])
    assert (whole.exit_code, "6 lines" in whole.output) == (0, True)
    tamper(CHANGED)
    told = CliRunner().invoke(staff.audit, ["check"])
    assert (told.exit_code, "Line 3 does not follow" in told.output) == (1, True)
