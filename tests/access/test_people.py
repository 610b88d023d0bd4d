"""Signing in, the rules of names and passwords, and the commands that let people and programs in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest
from click.testing import CliRunner

from streamlit_ui.texts import Language, texts_in
from streamlit_ui.view_models.people import key_line
from tests.access.conftest import PASSWORD, ROOT
from tests.fakes import Time
from tests.fixtures.stores import kept_in
from tyreloop.access.api_keys import hash_of_key, new_key_text
from tyreloop.access.gate import Gate
from tyreloop.access.passwords import Argon2Passwords
from tyreloop.access.rate_limits import RateLimit
from tyreloop.cli import staff as shell
from tyreloop.domain.errors import InvalidRequest, NotAllowed, NotSignedIn, TooManyRequests
from tyreloop.domain.staff import Actor, Right, Role
from tyreloop.store.db import Database
from tyreloop.use_cases.staff import add_staff_member, issue_api_key, sign_in
from tyreloop.use_cases.stores import Stores

STRANGER = Actor("visitor:alice")


def test_the_right_password_lets_kim_in(staffing: Stores, hire: Callable[[str, Role], None]) -> None:
    hire("kim", Role.SCIENTIST)
    assert sign_in("kim", PASSWORD, by=STRANGER, using=staffing).role is Role.SCIENTIST


@pytest.mark.parametrize(
    "attempt", [("kim", "another password"), ("nobody", PASSWORD), ("kim", "x" * 10_000)]
)
def test_a_wrong_name_or_password_is_told_the_same(
    staffing: Stores, hire: Callable[[str, Role], None], attempt: tuple[str, str]
) -> None:
    hire("kim", Role.SCIENTIST)
    with pytest.raises(NotSignedIn, match=r"^The name or the password is not right\.$"):
        sign_in(*attempt, by=STRANGER, using=staffing)
    assert staffing.audit.latest(limit=1)[0].action == "sign_in_refused"


def test_an_unknown_name_costs_as_much_work_as_a_wrong_password(passwords: Argon2Passwords) -> None:
    assert not passwords.fits("nobody", None)  # the hash it is compared with is that of this very word


@pytest.mark.parametrize("name", ["", "K", "kim lee", "-kim", "x" * 33, "kim\n", "김"])
def test_odd_names_are_refused(staffing: Stores, name: str) -> None:
    with pytest.raises(InvalidRequest):
        add_staff_member(name, PASSWORD, Role.REVIEWER, by=ROOT, using=staffing)


@pytest.mark.parametrize("password", ["", "elevenchars", "x" * 201])
def test_short_and_endless_passwords_are_refused(staffing: Stores, password: str) -> None:
    with pytest.raises(InvalidRequest):
        add_staff_member("kim", password, Role.REVIEWER, by=ROOT, using=staffing)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.SCIENTIST])
def test_only_admins_let_people_and_programs_in(staffing: Stores, role: Role) -> None:
    someone = Actor("user:someone", role.rights, is_known=True)
    with pytest.raises(NotAllowed):
        add_staff_member("kim", PASSWORD, Role.ADMIN, by=someone, using=staffing)
    with pytest.raises(NotAllowed):
        issue_api_key("batch", [Right.INSPECT], key_id="0" * 12, secret_hash="", by=someone, using=staffing)


def test_a_key_opens_no_more_than_its_giver_may(staffing: Stores) -> None:
    giver = Actor("key:admin", frozenset({Right.ADMINISTER}), is_known=True)
    with pytest.raises(InvalidRequest):
        issue_api_key("batch", [Right.RELEASE], key_id="0" * 12, secret_hash="", by=giver, using=staffing)


def test_a_key_says_on_which_day_it_last_opened_something(staffing: Stores, gate: Gate, time: Time) -> None:
    key_id, text = new_key_text()
    issue_api_key(
        "batch", [Right.INSPECT], key_id=key_id, secret_hash=hash_of_key(text), by=ROOT, using=staffing
    )
    english, [unused] = texts_in(Language.ENGLISH), staffing.keys.all()
    assert key_line(unused, english, UTC).endswith("not used yet")
    gate.who(f"Bearer {text}", visitor="")
    [used] = staffing.keys.all()
    assert used.last_used_on == time().date()
    assert key_line(used, english, UTC).endswith(f"last used {time():%Y-%m-%d}")


def test_a_bucket_fills_again_with_time() -> None:
    now = [0.0]
    limit = RateLimit(per_minute=60, burst=2, now=lambda: now[0])
    limit.take("alice")
    limit.take("alice")
    with pytest.raises(TooManyRequests):
        limit.take("alice")
    now[0] = 1.0
    limit.take("alice")
    with pytest.raises(TooManyRequests):
        limit.take("alice")


@pytest.fixture
def at_shell(
    database: Database, passwords: Argon2Passwords, monkeypatch: pytest.MonkeyPatch
) -> tuple[CliRunner, Stores]:
    staffing = replace(kept_in(database), passwords=passwords)
    monkeypatch.setattr(shell, "staffing", lambda: staffing)
    return CliRunner(), staffing


def test_the_first_admin_is_made_at_the_shell(at_shell: tuple[CliRunner, Stores]) -> None:
    runner, staffing = at_shell
    made = runner.invoke(
        shell.users, ["add", "kim", "--role", "admin", "--password-stdin"], input=f"{PASSWORD}\n"
    )
    assert made.exit_code == 0, made.output
    assert PASSWORD not in made.output
    assert sign_in("kim", PASSWORD, by=STRANGER, using=staffing).role is Role.ADMIN
    assert "kim" in runner.invoke(shell.users, ["list"]).output
    assert runner.invoke(shell.users, ["remove", "kim"]).exit_code == 0
    with pytest.raises(NotSignedIn):
        sign_in("kim", PASSWORD, by=STRANGER, using=staffing)


def test_a_key_is_shown_once(at_shell: tuple[CliRunner, Stores]) -> None:
    runner, staffing = at_shell
    made = runner.invoke(shell.keys, ["add", "batch", "--right", "inspect", "--days", "30"])
    text, listed = made.output.strip(), runner.invoke(shell.keys, ["list"]).output
    [key] = staffing.keys.all()
    assert text.startswith(f"tlk_{key.id}_")
    assert text.split("_")[2] not in listed
    assert "batch" in listed
    assert runner.invoke(shell.keys, ["revoke", key.id]).exit_code == 0
    assert "revoked" in runner.invoke(shell.keys, ["list"]).output


def test_no_account_exists_before_somebody_makes_one(own_database_dsn: dict[str, Any]) -> None:
    opened: Any = Database(own_database_dsn)
    assert list(kept_in(opened).staff.all()) == []
    opened.close()
