"""Worker, database and broker, killed in the middle: nothing is lost, nothing is doubled."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from tests.fixtures.stores import kept_in
from tests.fixtures.surroundings import database_environment, wait_until
from tests.orders.conftest import SUE
from tests.orders.throw_away import own_database, own_rabbit
from tyreloop.domain.orders import Order, new_order_id
from tyreloop.domain.staff import Act
from tyreloop.local.program import launch_command
from tyreloop.settings import environment_for_child
from tyreloop.store.db import Database
from tyreloop.use_cases.stores import Stores

JOBS = 200
ROOT = Path(__file__).parents[2]
Dsn = Mapping[str, Any]


@contextmanager
def worker_on(dsn: Dsn, folder: Path, broker: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a process of its own, killed at the end if it still runs."""
    own = {"DATA_DIR": str(folder), "BROKER_URL": broker}
    environment = environment_for_child({**database_environment(dsn), **own})
    command = launch_command((sys.executable, "-m", "tests.orders.count_worker"))
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def rows(dsn: Dsn, statement: str) -> list[tuple[Any, ...]]:
    with closing(psycopg2.connect(**dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def order(using: Stores, count: int) -> None:
    for number in range(count):
        job = Order(new_order_id(), "count", {"number": number}, SUE.name, using.clock())
        using.orders.submit(job, act=Act.of(SUE, "job_ordered", job.id, using.clock()))


def done(dsn: Dsn) -> int:
    return int(rows(dsn, "SELECT count(*) FROM queue_jobs WHERE state = 'done'")[0][0])


def require_all_done_once(dsn: Dsn) -> None:
    states = rows(dsn, "SELECT state, count(*) FROM queue_jobs GROUP BY state")
    assert states == [("done", JOBS)]
    effects = (
        "SELECT step, count(*), count(DISTINCT number), count(DISTINCT job_id) FROM counted GROUP BY step"
    )
    assert sorted(rows(dsn, effects)) == [("first", JOBS, JOBS, JOBS), ("second", JOBS, JOBS, JOBS)]


COUNTED = "CREATE TABLE counted (job_id text, step text, number integer, PRIMARY KEY (job_id, step))"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_hundred_jobs_survive_killed_workers_and_a_killed_database(tmp_path: Path) -> None:
    """The embedded broker is that database: its messages go the same way."""
    with own_database(tmp_path) as (server, dsn), waiting_jobs(dsn):
        kill_a_worker(dsn, tmp_path, after=20)
        with worker_on(dsn, tmp_path):
            done_are(80, dsn, tmp_path)
            server.kill()
            server.start()
            done_are(JOBS, dsn, tmp_path)
        require_all_done_once(dsn)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_hundred_jobs_survive_a_killed_rabbit_too(tmp_path: Path) -> None:
    with (
        own_rabbit(tmp_path) as (rabbit, url),
        own_database(tmp_path) as (server, dsn),
        waiting_jobs(dsn),
    ):
        kill_a_worker(dsn, tmp_path, after=20, broker=url)
        with worker_on(dsn, tmp_path, url):
            for enough, victim in ((60, rabbit), (120, server)):
                done_are(enough, dsn, tmp_path)
                victim.kill()
                victim.start()
            done_are(JOBS, dsn, tmp_path)
        require_all_done_once(dsn)


@contextmanager
def waiting_jobs(dsn: Dsn) -> Iterator[None]:
    rows(dsn, COUNTED)
    with closing(Database(dsn)) as database:
        order(kept_in(database), JOBS)
    yield


def kill_a_worker(dsn: Dsn, folder: Path, *, after: int, broker: str = "") -> None:
    with worker_on(dsn, folder, broker) as worker:
        done_are(after, dsn, folder)
        worker.send_signal(signal.SIGKILL)
        worker.wait()


def done_are(count: int, dsn: Dsn, folder: Path) -> None:
    wait_until(lambda: done(dsn) >= count, f"{count} jobs", folder / "worker.log")
