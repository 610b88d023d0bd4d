"""A one-time link makes one account, once, for a while; the first administrator comes by one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg2
import pytest
from click.testing import CliRunner

from tests.access.conftest import PASSWORD, ROOT
from tests.fakes import Time
from tests.fixtures.stores import kept_in
from tyreloop.access.passwords import Argon2Passwords
from tyreloop.cli import staff
from tyreloop.domain.errors import InvalidRequest, InvitationSpent, NameTaken, NotAllowed, TyreloopError
from tyreloop.domain.staff import Actor, Role
from tyreloop.settings import Settings
from tyreloop.store.db import Database
from tyreloop.use_cases.staff import (
    invite_first_administrator,
    invite_staff_member,
    redeem_invitation,
    sign_in,
)
from tyreloop.use_cases.stores import Stores

STRANGER = Actor("visitor:alice")
DAY = timedelta(hours=24)
HERE = Settings(_env_file=None, pages_url="https://tyres.example/")


@pytest.fixture
def people(database: Database, passwords: Argon2Passwords, time: Time) -> Stores:
    return replace(kept_in(database), passwords=passwords, clock=time)


@pytest.fixture
def secret(people: Stores) -> str:
    return invite_staff_member(Role.REVIEWER, valid_for=DAY, by=ROOT, using=people)


def redeem(secret: str, people: Stores, name: str = "kim") -> Role:
    return redeem_invitation(secret, name, PASSWORD, by=STRANGER, using=people).role


def test_the_link_makes_an_account_with_its_role(people: Stores, secret: str) -> None:
    assert redeem(secret, people) is Role.REVIEWER
    assert sign_in("kim", PASSWORD, by=STRANGER, using=people).role is Role.REVIEWER
    joined, invited = (people.audit.latest(limit=3)[number] for number in (1, 2))
    assert (invited.action, invited.actor) == ("staff_invited", "shell:root")
    assert (joined.action, joined.subject, joined.details["by"]) == ("staff_joined", "user:kim", "shell:root")


def test_the_link_works_once(people: Stores, secret: str) -> None:
    redeem(secret, people)
    with pytest.raises(InvitationSpent, match="used already, has expired, or never was"):
        redeem(secret, people, "lee")
    assert people.staff.get("lee") is None


def test_the_link_works_for_a_while(people: Stores, secret: str, time: Time) -> None:
    time.passes(hours=25)
    with pytest.raises(InvitationSpent):
        redeem(secret, people)


def test_a_link_that_never_was_is_told_the_same(people: Stores) -> None:
    with pytest.raises(InvitationSpent, match="never was"):
        redeem("guessed", people)


@pytest.mark.parametrize(
    ("name", "password", "refusal"),
    [("K!", PASSWORD, InvalidRequest), ("kim", "short", InvalidRequest), ("taken", PASSWORD, NameTaken)],
)
def test_a_refusal_leaves_the_link_as_it_was(
    people: Stores, secret: str, name: str, password: str, refusal: type[TyreloopError]
) -> None:
    redeem(invite_staff_member(Role.ADMIN, valid_for=DAY, by=ROOT, using=people), people, "taken")
    with pytest.raises(refusal):
        redeem_invitation(secret, name, password, by=STRANGER, using=people)
    assert redeem(secret, people) is Role.REVIEWER


def test_of_two_at_once_one_gets_the_account(people: Stores, secret: str) -> None:
    def attempt(name: str) -> bool:
        try:
            return bool(redeem(secret, people, name))
        except InvitationSpent:
            return False

    with ThreadPoolExecutor(4) as many:
        assert sum(many.map(attempt, ("kim", "lee", "park", "choi"))) == 1
    assert len(people.staff.all()) == 1


def test_the_secret_is_kept_nowhere(people: Stores, secret: str, database_dsn: dict[str, Any]) -> None:
    with closing(psycopg2.connect(**database_dsn)) as connection, connection.cursor() as at:
        at.execute("SELECT i::text, a::text FROM staff_invitations AS i, audit_log AS a")
        rows = at.fetchall()
    assert rows
    assert secret not in str(rows)


def test_only_an_administrator_invites(people: Stores) -> None:
    reviewer = Actor("user:kim", Role.REVIEWER.rights, is_known=True)
    with pytest.raises(NotAllowed):
        invite_staff_member(Role.REVIEWER, valid_for=DAY, by=reviewer, using=people)


def test_a_fresh_stack_has_a_link_for_its_first_administrator(people: Stores) -> None:
    secret = invite_first_administrator(valid_for=DAY, using=people)
    assert secret is not None
    assert HERE.invitation_link(secret) == f"https://tyres.example/staff?invite={secret}"
    assert redeem(secret, people) is Role.ADMIN
    assert invite_first_administrator(valid_for=DAY, using=people) is None


def test_the_shell_prints_a_link(people: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staff, "staffing", lambda: people)
    monkeypatch.setattr(staff, "settings", lambda: HERE)
    said = CliRunner().invoke(staff.users, ["invite", "--role", "scientist"])
    assert said.exit_code == 0, said.output
    secret = said.output.split("invite=")[1].split()[0]
    assert said.output.startswith(HERE.invitation_link(secret))
    assert redeem(secret, people) is Role.SCIENTIST
