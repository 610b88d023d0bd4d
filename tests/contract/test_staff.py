"""Staff, keys and the audit log: each deed with its line."""

from __future__ import annotations

from typing import Any

import psycopg2
import pytest

from tests.contract.people import at
from tyreloop.domain.errors import NameTaken, NotFound
from tyreloop.domain.staff import Act, ApiKey, Right, Role, StaffMember
from tyreloop.use_cases.stores import Stores


@pytest.fixture
def staffing(stores: Stores) -> Stores:
    return stores


def act(action: str, minutes: float = 1) -> Act:
    return Act("shell:root", action, "user:kim", at(minutes), "request-1", {"why": "a test"})


def kim(role: Role = Role.REVIEWER, minutes: float = 0) -> StaffMember:
    return StaffMember("kim", role, at(minutes), tokens_count_from=at(minutes))


def test_a_person_is_read_back_with_the_hash_of_the_password(staffing: Stores) -> None:
    staffing.staff.add(kim(), password_hash="hashed", act=act("staff_added"))
    assert staffing.staff.get("kim") == kim()
    assert staffing.staff.password_hash("kim") == "hashed"
    assert list(staffing.staff.all()) == [kim()]


def test_nobody_is_none(staffing: Stores) -> None:
    assert staffing.staff.get("nobody") is None
    assert staffing.staff.password_hash("nobody") is None


def test_a_name_is_given_once(staffing: Stores) -> None:
    staffing.staff.add(kim(), password_hash="first", act=act("staff_added"))
    with pytest.raises(NameTaken):
        staffing.staff.add(kim(Role.ADMIN), password_hash="second", act=act("staff_added"))
    assert staffing.staff.password_hash("kim") == "first"
    assert len(staffing.audit.latest(limit=9)) == 1


def test_who_left_is_gone_and_may_come_back(staffing: Stores) -> None:
    staffing.staff.add(kim(), password_hash="first", act=act("staff_added"))
    staffing.staff.remove("kim", act=act("staff_removed", 5))
    assert staffing.staff.get("kim") is None
    assert staffing.staff.password_hash("kim") is None
    with pytest.raises(NotFound):
        staffing.staff.remove("kim", act=act("staff_removed", 6))
    staffing.staff.add(kim(Role.ADMIN, 9), password_hash="second", act=act("staff_added", 9))
    back = staffing.staff.get("kim")
    assert back is not None
    assert (back.role, back.tokens_count_from) == (Role.ADMIN, at(9))


def test_a_role_changes_and_nothing_else(staffing: Stores) -> None:
    staffing.staff.add(kim(), password_hash="hashed", act=act("staff_added"))
    staffing.staff.change_role("kim", Role.ADMIN, act=act("staff_role_changed", 2))
    assert staffing.staff.get("kim") == kim(Role.ADMIN)
    assert staffing.staff.password_hash("kim") == "hashed"
    with pytest.raises(NotFound):
        staffing.staff.change_role("nobody", Role.ADMIN, act=act("staff_role_changed", 3))


def test_who_was_removed_is_remembered_until_they_come_back(staffing: Stores) -> None:
    assert not staffing.staff.was_removed("kim")
    staffing.staff.add(kim(), password_hash="hashed", act=act("staff_added"))
    assert not staffing.staff.was_removed("kim")
    staffing.staff.remove("kim", act=act("staff_removed", 5))
    assert staffing.staff.was_removed("kim")
    staffing.staff.add(kim(), password_hash="hashed", act=act("staff_added", 6))
    assert not staffing.staff.was_removed("kim")


def test_tokens_count_from_the_moment_they_were_made_stale(staffing: Stores) -> None:
    staffing.staff.add(kim(), password_hash="hashed", act=act("staff_added"))
    staffing.staff.make_tokens_stale("kim", act=act("sign_out", 7))
    found = staffing.staff.get("kim")
    assert found is not None
    assert found.tokens_count_from == at(7)


def a_key(key_id: str = "0123456789ab", name: str = "batch") -> ApiKey:
    return ApiKey(key_id, name, frozenset({Right.INSPECT, Right.CURATE}), "shell:root", at(0), at(90))


def test_a_key_is_read_back_and_taken_back(staffing: Stores) -> None:
    staffing.keys.add(a_key(), secret_hash="hashed", act=act("key_issued"))
    assert staffing.keys.find("0123456789ab") == (a_key(), "hashed")
    assert staffing.keys.find("ffffffffffff") is None
    staffing.keys.revoke("0123456789ab", act=act("key_revoked", 8))
    [gone] = staffing.keys.all()
    assert gone.revoked_at == at(8)
    assert not gone.counts_at(at(9))
    with pytest.raises(NotFound):
        staffing.keys.revoke("0123456789ab", act=act("key_revoked"))


def test_a_keys_name_is_free_again_when_it_was_taken_back(staffing: Stores) -> None:
    staffing.keys.add(a_key(), secret_hash="hashed", act=act("key_issued"))
    with pytest.raises(NameTaken):
        staffing.keys.add(a_key("aaaaaaaaaaaa"), secret_hash="hashed", act=act("key_issued"))
    staffing.keys.revoke("0123456789ab", act=act("key_revoked"))
    staffing.keys.add(a_key("aaaaaaaaaaaa"), secret_hash="hashed", act=act("key_issued"))
    assert [key.id for key in staffing.keys.all()] == ["aaaaaaaaaaaa", "0123456789ab"]


def test_a_key_counts_until_it_expires() -> None:
    assert a_key().counts_at(at(89))
    assert not a_key().counts_at(at(90))


def test_each_change_leaves_its_line_newest_first(staffing: Stores) -> None:
    staffing.staff.add(kim(), password_hash="hashed", act=act("staff_added"))
    staffing.audit.add(act("sign_in", 2))
    assert list(staffing.audit.latest(limit=9)) == [act("sign_in", 2), act("staff_added")]


def test_no_line_of_the_audit_log_can_be_changed_or_forgotten(database_dsn: dict[str, Any]) -> None:
    connection = psycopg2.connect(**database_dsn)
    for statement in ("UPDATE audit_log SET actor = 'me'", "DELETE FROM audit_log", "TRUNCATE audit_log"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege), connection, connection.cursor() as cursor:
            cursor.execute(statement)
    connection.close()
