"""Who may do what: one line per right."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

import psycopg2
import pytest
from psycopg2 import errors

from tests.contract.people import a_key, like, prediction_of
from tyreloop.domain.photos import new_visitor
from tyreloop.store.db import Database
from tyreloop.store.reader import set_reader_password

READER_PASSWORD = "reads-only"  # the same in every test: the role is one for the whole server
Ask = Callable[[str, str], list[Any]]

# What each role asks, and whether it may; as "none" whoever migrates has not become the owner.
MATRIX = [
    ("none", "SELECT * FROM public.votes", False),
    ("none", "DROP TABLE public.audit_log", False),
    ("none", "ALTER TABLE public.audit_log DISABLE TRIGGER append_only", False),
    ("none", "CREATE TABLE public.mine (id int)", False),
    ("none", "CREATE SCHEMA mine", False),
    ("none", "CREATE ROLE mallory", False),
    ("none", "ALTER ROLE tyreloop_owner LOGIN PASSWORD 'mine'", False),
    ("tyreloop_owner", "ALTER TABLE votes ADD COLUMN more text", True),
    ("tyreloop_app", "SELECT * FROM votes", True),
    ("tyreloop_app", "UPDATE votes SET liked = NULL", True),
    ("tyreloop_app", "DELETE FROM votes", False),
    ("tyreloop_app", "DELETE FROM vote_history", False),
    ("tyreloop_app", "UPDATE vote_history SET liked = true", False),
    ("tyreloop_app", "DELETE FROM corrections", False),
    ("tyreloop_app", "DELETE FROM predictions", False),
    ("tyreloop_app", "UPDATE predictions SET answer = 'good'", False),
    ("tyreloop_app", "INSERT INTO audit_log (actor, action) VALUES ('carol', 'looked')", True),
    ("tyreloop_app", "DELETE FROM audit_log", False),
    ("tyreloop_app", "UPDATE audit_log SET actor = 'nobody'", False),
    ("tyreloop_app", "TRUNCATE votes", False),
    ("tyreloop_app", "UPDATE hourly_votes SET likes = 1000", False),
    ("tyreloop_app", "DELETE FROM idempotency_keys", False),
    ("tyreloop_app", "DROP TABLE votes", False),
    ("tyreloop_app", "ALTER TABLE votes ADD COLUMN more text", False),
    ("tyreloop_app", "CREATE TABLE mine (id int)", False),
    ("tyreloop_app", "ALTER TABLE votes DISABLE TRIGGER remember_vote", False),
    ("tyreloop_api", "UPDATE votes SET liked = NULL", True),
    ("tyreloop_api", "UPDATE users SET role = 'admin'", False),
    ("tyreloop_api", "INSERT INTO users (name, password_hash, role) VALUES ('mallory', 'x', 'admin')", False),
    ("tyreloop_api", "INSERT INTO staff_invitations VALUES ('x', 'admin', 'me', now(), now())", False),
    ("tyreloop_api", "SELECT redeem_invitation('none', 'mallory', 'x', now(), now())", True),
    ("tyreloop_api", "CREATE ROLE mallory", False),
    ("tyreloop_api", "ALTER ROLE tyreloop_pages PASSWORD 'mine'", False),
    ("tyreloop_api", "ALTER TABLE audit_log DISABLE TRIGGER append_only", False),
    ("tyreloop_api", "ALTER TABLE audit_log DISABLE TRIGGER ALL", False),
    ("tyreloop_api", "DROP TRIGGER append_only ON audit_log", False),
    ("tyreloop_api", "DROP TABLE audit_log", False),
    ("tyreloop_api", "TRUNCATE audit_log", False),
    ("tyreloop_api", "SET session_replication_role = replica", False),
    ("tyreloop_pages", "UPDATE users SET role = role", True),
    ("tyreloop_pages", "DELETE FROM users", False),
    ("tyreloop_pages", "DELETE FROM audit_log", False),
    ("tyreloop_pages", "DROP TRIGGER append_only ON audit_log", False),
    ("tyreloop_worker", "CREATE TABLE broker.messages (id int)", True),
    ("tyreloop_worker", "CREATE TABLE public.mine (id int)", False),
    ("tyreloop_worker", "UPDATE users SET role = 'admin'", False),
    ("tyreloop_worker", "UPDATE audit_log SET actor = 'nobody'", False),
    ("tyreloop_tasks", "DELETE FROM pending_votes", True),
    ("tyreloop_tasks", "UPDATE users SET role = 'admin'", False),
    ("tyreloop_tasks", "DELETE FROM audit_log", False),
    ("tyreloop_app", "SELECT * FROM monitoring.hourly_votes", True),
    ("tyreloop_jobs", "UPDATE hourly_votes SET likes = likes", True),
    ("tyreloop_jobs", "DELETE FROM pending_votes", True),
    ("tyreloop_jobs", "DELETE FROM votes", False),
    ("tyreloop_jobs", "DELETE FROM audit_log", False),
    ("tyreloop_jobs", "DROP TABLE hourly_votes", False),
    ("grafana_reader", "SELECT * FROM monitoring.hourly_votes", True),
    ("grafana_reader", "SELECT * FROM hourly_latency", True),
    ("grafana_reader", "SELECT monitoring.percentile_of(0.5, ARRAY[10], ARRAY[1]::bigint[])", True),
    ("grafana_reader", "SELECT * FROM public.votes", False),
    ("grafana_reader", "SELECT visitor FROM public.predictions", False),
    ("grafana_reader", "SELECT * FROM public.users", False),
    ("grafana_reader", "SELECT * FROM public.hourly_votes", False),
    ("grafana_reader", "CREATE TABLE monitoring.mine (id int)", False),
    ("grafana_reader", "CREATE TABLE public.mine (id int)", False),
    ("grafana_reader", "DELETE FROM monitoring.releases", False),
    ("grafana_reader", "SELECT * FROM public.erase_photo(gen_random_uuid(), 'x')", False),
]


@pytest.fixture(scope="module")
def ask(shared_dsn: dict[str, Any]) -> Ask:
    """Nothing that anybody does is kept."""
    set_reader_password(shared_dsn, READER_PASSWORD)

    def ask_as(role: str, sql: str) -> list[Any]:
        how = {"user": role, "password": READER_PASSWORD} if role == "grafana_reader" else {}
        how |= {} if role in ("", "grafana_reader") else {"options": f"-c role={role}"}
        opened = psycopg2.connect(**{**shared_dsn, **how})
        with closing(opened) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    return ask_as


@pytest.mark.parametrize(("role", "sql", "may"), MATRIX)
def test_each_role_may_do_its_part_and_no_more(ask: Ask, role: str, sql: str, may: bool) -> None:
    if may:
        ask(role, sql)
        return
    with pytest.raises((errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction)):
        ask(role, sql)


OWNED = """
SELECT pg_get_userbyid(relowner) AS owner, relnamespace::regnamespace::text AS place FROM pg_class
WHERE relkind IN ('r', 'v', 'm', 'S', 'f') AND relnamespace::regnamespace::text !~ '^(pg_|information_)'
UNION ALL
SELECT pg_get_userbyid(proowner), pronamespace::regnamespace::text FROM pg_proc
WHERE pronamespace::regnamespace::text !~ '^(pg_|information_)'
"""
MIGHTY = """
SELECT rolname FROM pg_roles
WHERE rolname ~ '^(tyreloop|grafana_)'
    AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication)
"""
STEPS_UP = """
SELECT rolname FROM pg_roles
WHERE rolname ~ '^(tyreloop|grafana_)' AND pg_has_role(rolname, 'tyreloop_owner', 'member')
"""


def test_no_service_owns_anything_makes_roles_or_steps_up_to_the_owner(ask: Ask) -> None:
    """But for the broker's own tables, which its library makes as the worker."""
    owners = {tuple(row) for row in ask("", OWNED)}
    assert ("tyreloop_owner", "public") in owners
    assert {owner for owner, place in owners if place != "broker"} == {"tyreloop_owner"}
    assert {owner for owner, place in owners} <= {"tyreloop_owner", "tyreloop_worker"}
    assert ask("", MIGHTY) == [("tyreloop_owner",)]
    assert {name for (name,) in ask("", STEPS_UP)} == {"tyreloop_owner", "tyreloop"}


def test_the_owner_cannot_log_in_and_who_migrates_becomes_it(ask: Ask) -> None:
    logins = "SELECT rolname, rolcanlogin, rolinherit FROM pg_roles WHERE rolname ~ '^tyreloop(_owner)?$'"
    assert sorted(ask("", logins)) == [("tyreloop", True, False), ("tyreloop_owner", False, True)]
    assert ask("", "SELECT session_user, current_user") == [("tyreloop", "tyreloop_owner")]
    assert ask("tyreloop_pages", "SELECT current_user") == [("tyreloop_pages",)]


def test_the_reader_is_read_only_and_does_not_run_for_long(ask: Ask) -> None:
    assert ask("grafana_reader", "SHOW default_transaction_read_only") == [("on",)]
    assert ask("grafana_reader", "SHOW statement_timeout") == [("15s",)]


def test_no_view_for_charts_shows_a_visitor_a_photo_or_a_comment(ask: Ask) -> None:
    columns = """
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = 'monitoring' AND column_name IN ('visitor', 'photo_id', 'comment', 'request_id')
    """
    assert ask("tyreloop_app", columns) == []


def test_the_services_work_with_the_rights_of_their_role(database_dsn: dict[str, Any]) -> None:
    from tests.fixtures.stores import kept_in
    from tyreloop.bootstrap import receivers_of

    with closing(Database(database_dsn, role="tyreloop_app")) as limited:
        to = receivers_of(kept_in(limited))
        prediction = prediction_of(new_visitor())
        to.predictions.add(prediction)
        to.votes.save(like(prediction), key=a_key())
        to.failures.add(failed_at=prediction.made_at, stage="vote", error="store_unavailable", writes=1)
        assert to.erasures.erase(prediction.id, prediction.visitor).orphan == prediction.photo_id


def test_a_reader_password_may_hold_any_character(database_dsn: dict[str, Any]) -> None:
    odd = 'it\'s $1 \\ "odd" {x}'
    set_reader_password(database_dsn, odd)
    try:
        psycopg2.connect(**{**database_dsn, "user": "grafana_reader", "password": odd}).close()
    finally:
        set_reader_password(database_dsn, READER_PASSWORD)
