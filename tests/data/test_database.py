"""The way into the database: bounded, forgiving where a second try is safe, never silent for long."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier
from typing import Any

import psycopg2
import pytest

from tests.contract.people import a_key, like, prediction_of
from tests.fixtures.stores import kept_in
from tyreloop.domain.errors import StoreBusy, StoreUnavailable
from tyreloop.domain.feedback import Delivery
from tyreloop.domain.photos import new_visitor
from tyreloop.store.db import Database
from tyreloop.store.migrations import migrate


def value_of(database: Database, sql: str) -> Any:
    def read(connection: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return next(iter(cursor.fetchone().values()))

    return database.ask(read)


def test_twenty_equal_writes_at_once_make_one_row(database: Database) -> None:
    feedback, together = kept_in(database), Barrier(20)
    prediction = prediction_of(new_visitor())
    feedback.predictions.add(prediction)
    vote, key = like(prediction), a_key()

    def write(_: int) -> Delivery:
        together.wait(20)
        return feedback.votes.save(vote, key=key)

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(write, range(20))) == {Delivery.STORED}
    for table in ("votes", "vote_history", "idempotency_keys", "pending_votes"):
        assert value_of(database, "SELECT count(*) FROM " + table) == 1  # noqa: S608 - names of ours


def test_a_connection_that_died_while_idle_is_replaced_unseen(
    database: Database, database_dsn: dict[str, Any]
) -> None:
    pid = value_of(database, "SELECT pg_backend_pid()")
    with closing(Database(database_dsn, role="none")) as other:  # as the login, whose session it is
        value_of(other, f"SELECT pg_terminate_backend({pid}, 5000)")
    assert value_of(database, "SELECT 1") == 1


def test_a_server_that_is_not_there_is_unavailable(database_dsn: dict[str, Any]) -> None:
    with (
        closing(Database({**database_dsn, "port": 9})) as database,
        pytest.raises(StoreUnavailable, match="does not answer"),
    ):
        value_of(database, "SELECT 1")


def test_a_locked_row_makes_nobody_wait_for_long(database: Database, database_dsn: dict[str, Any]) -> None:
    feedback = kept_in(database)
    prediction = prediction_of(new_visitor())
    feedback.predictions.add(prediction)
    with closing(Database(database_dsn, statement_seconds=0.2)) as hasty:
        with closing(psycopg2.connect(**database_dsn)) as locker, locker.cursor() as cursor:
            cursor.execute("LOCK TABLE votes IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(StoreBusy):
                kept_in(hasty).votes.save(like(prediction), key=a_key())
        assert value_of(hasty, "SELECT 1") == 1


def test_a_server_that_falls_silent_is_hung_up_on(database_dsn: dict[str, Any]) -> None:
    def fall_silent(connection: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("SELECT pg_sleep(60)")

    with closing(Database(database_dsn, statement_seconds=0.1)) as database:
        with pytest.raises(StoreUnavailable):
            database.ask(fall_silent)
        assert value_of(database, "SELECT 1") == 1


def test_more_work_than_connections_waits_for_its_turn_and_not_for_ever(database_dsn: dict[str, Any]) -> None:
    with closing(Database(database_dsn, connections=1, wait_seconds=0.1)) as narrow:

        def inside(_: Any) -> None:
            with pytest.raises(StoreUnavailable, match="busy"):
                value_of(narrow, "SELECT 1")

        narrow.ask(inside)
        assert value_of(narrow, "SELECT 1") == 1


def test_a_database_without_tables_is_not_ready_rather_than_a_crash(
    empty_database_dsn: dict[str, Any],
) -> None:
    with closing(Database(empty_database_dsn)) as empty, pytest.raises(StoreUnavailable):
        kept_in(empty).predictions.get(prediction_of(new_visitor()).id)


def test_two_who_migrate_at_once_take_turns(empty_database_dsn: dict[str, Any]) -> None:
    with ThreadPoolExecutor(2) as pool:
        ran = list(pool.map(lambda _: migrate(empty_database_dsn), range(2)))
    assert sorted(map(bool, ran)) == [False, True]
