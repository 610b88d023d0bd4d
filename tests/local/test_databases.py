"""What a start makes of the databases of an older stack: each owner its own, and nothing lost."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import psycopg2
import pytest

from tests.fixtures.postgres_server import MIGRATOR, PASSWORD, drop_database
from tyreloop.local.cluster import Cluster
from tyreloop.local.databases import create_database, ensure_logins, ensure_registry, statements
from tyreloop.settings import Settings, environment_for_child
from tyreloop.store.dump import find_program

REGISTRY = "registry_of_before"
OWNERS = """
SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relname IN ('experiments', 'names')
"""


@dataclass(frozen=True)
class Server:
    """As much of a cluster as is asked for."""

    owner: dict[str, Any]

    def dsn(self, port: int, database: str = "postgres") -> dict[str, Any]:
        return {**self.owner, "port": port, "dbname": database}


@pytest.fixture
def older(postgres_server: dict[str, Any], migrated_template: str) -> Iterator[dict[str, Any]]:
    """A registry's database that belongs to the services, as all did, with a row in it."""
    assert migrated_template  # the owner exists
    with statements(postgres_server) as at:
        create_database(at, REGISTRY, owner=MIGRATOR)
        dsn = {**postgres_server, "user": MIGRATOR, "password": PASSWORD, "dbname": REGISTRY}
        with statements({**dsn, "options": "-c role=none"}) as inside:
            inside.execute("CREATE TABLE experiments (id serial PRIMARY KEY, name text)")
            inside.execute("CREATE VIEW names AS SELECT name FROM experiments")
            inside.execute("INSERT INTO experiments (name) VALUES ('releases')")
        yield dsn
        drop_database(at, REGISTRY)


def settings_for(dsn: dict[str, Any], **more: Any) -> Settings:
    where = {"postgres_port": dsn["port"], "postgres_user": MIGRATOR, "mlflow_db": REGISTRY}
    return Settings(_env_file=None, **{**where, **more})


def test_an_older_registry_gets_an_owner_of_its_own(
    older: dict[str, Any], postgres_server: dict[str, Any]
) -> None:
    server = cast("Cluster", Server(postgres_server))
    for _ in range(2):  # at each start
        ensure_registry(server, settings_for(older), password="of-mlflow")
    with statements({**older, "user": "mlflow", "password": "of-mlflow"}) as at:
        at.execute("INSERT INTO experiments (name) VALUES ('more')")
        at.execute("SELECT id, name FROM experiments ORDER BY id")
        assert at.fetchall() == [(1, "releases"), (2, "more")]
        at.execute(OWNERS)
        assert at.fetchall() == [("mlflow",)]
    with statements(older) as at:  # whoever migrates acts as the registry there, for backups
        at.execute("SELECT current_user, (SELECT count(*) FROM experiments)")
        assert at.fetchone() == ("mlflow", 2)


def test_only_the_schedule_and_the_owner_enter_the_registrys_database(
    older: dict[str, Any], postgres_server: dict[str, Any], own_database_dsn: dict[str, Any]
) -> None:
    server = cast("Cluster", Server(postgres_server))
    given = settings_for(older, postgres_db=own_database_dsn["dbname"])
    ensure_registry(server, given, password="of-mlflow")
    services = ("api", "pages", "worker", "tasks")
    ensure_logins(server, given, {service: f"of-{service}" for service in services})
    for service in services:
        login = {"user": f"tyreloop_{service}", "password": f"of-{service}"}
        psycopg2.connect(**{**own_database_dsn, **login}).close()
        if service == "tasks":
            with statements({**older, **login}) as at:
                at.execute("SELECT count(*) FROM experiments")
                with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                    at.execute("DELETE FROM experiments")
        else:
            with pytest.raises(psycopg2.OperationalError, match="permission denied"):
                psycopg2.connect(**{**older, **login})


INIT = Path(__file__).parents[2] / "postgres" / "init.sql"
OF_CONTAINERS = ("product_of_before", "tyreloop_drill", "mlflow")


@pytest.fixture
def volume(postgres_server: dict[str, Any], migrated_template: str) -> Iterator[dict[str, Any]]:
    """A server as containers had it: one login that owns everything and makes roles."""
    assert migrated_template  # the services' roles exist
    with statements(postgres_server) as at:
        at.execute("CREATE ROLE before LOGIN CREATEROLE PASSWORD 'of-before'")
        for name in OF_CONTAINERS[:2]:
            create_database(at, name, owner="before")
        yield {**postgres_server, "user": "before", "password": "of-before", "dbname": OF_CONTAINERS[0]}
        for name in OF_CONTAINERS:
            drop_database(at, name)
        at.execute("DROP ROLE before")


def run_init(server: dict[str, Any]) -> None:
    """As the image does with an empty volume, and an operator with one of before."""
    place = (
        f"--{name}={server[key]}" for name, key in (("host", "host"), ("port", "port"), ("username", "user"))
    )
    given = {
        "PRODUCT_DB": OF_CONTAINERS[0],
        "PRODUCT_USER": "before",
        "PRODUCT_PASSWORD": "of-before",
        "MLFLOW_DB_PASSWORD": "of-mlflow",
        "TZ": "Asia/Seoul",
        "PGPASSWORD": str(server["password"]),
    }
    command = [
        str(find_program("psql", server_major=0)),
        "-qX",
        *place,
        "--dbname=postgres",
        f"--file={INIT}",
    ]
    done = subprocess.run(
        command, env=environment_for_child(given), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_volume_of_containers_gets_an_owner_that_cannot_log_in(
    volume: dict[str, Any], postgres_server: dict[str, Any]
) -> None:
    with statements(volume) as at:
        at.execute("CREATE TABLE votes (id int)")
    for _ in range(2):
        run_init(postgres_server)
    with statements(volume) as at:
        at.execute("ALTER TABLE votes ADD COLUMN liked boolean")
        at.execute(
            "SELECT current_user, (SELECT relowner::regrole::text FROM pg_class WHERE relname = 'votes')"
        )
        assert at.fetchone() == ("tyreloop_owner", "tyreloop_owner")
    with statements({**volume, "options": "-c role=none"}) as at:
        for deed in ("SELECT * FROM public.votes", "DROP TABLE public.votes", "CREATE ROLE mallory"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                at.execute(deed)
    with statements({**volume, "dbname": "mlflow"}) as at:
        at.execute("SELECT current_user")
        assert at.fetchone() == ("mlflow",)
    with statements(postgres_server) as at:
        at.execute(
            "SELECT datname, datdba::regrole::text FROM pg_database WHERE datname = ANY (%s)",
            ([*OF_CONTAINERS],),
        )
        assert dict(at.fetchall()) == dict(
            zip(OF_CONTAINERS, ("tyreloop_owner", "tyreloop_tasks", "mlflow"), strict=True)
        )
