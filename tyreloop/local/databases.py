"""Roles and databases inside the embedded Postgres, made or corrected at every start.

Run by the stack once Postgres answers, as `python -m tyreloop.local.databases`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import click
import psycopg2
from psycopg2 import sql
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT, cursor

from tyreloop.bootstrap import Role, opened_stores
from tyreloop.domain.errors import StoreUnavailable, TyreloopError
from tyreloop.local.cluster import Cluster
from tyreloop.local.folder import StackFolder, login_file
from tyreloop.local.program import NOT_YET
from tyreloop.private_files import keep_secret, write_privately
from tyreloop.settings import Settings, settings
from tyreloop.store.migrations import migrate
from tyreloop.store.reader import SERVICES, set_reader_password
from tyreloop.use_cases.staff import invite_first_administrator

Dsn = Mapping[str, Any]
OWNER, MLFLOW = "tyreloop_owner", "mlflow"
FIRST_LINK_COUNTS_FOR = timedelta(hours=24)
# Each table of one role to another, its sequences with it; REASSIGN OWNED would take databases too.
HAND_OVER = """
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind, oid::regclass AS name FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') AND relowner = %(old)s::regrole
    LOOP
        EXECUTE format('ALTER %%s %%s OWNER TO %%I', one.kind, one.name, %(new)s);
    END LOOP;
END
$$
"""


@contextmanager
def statements(dsn: Dsn) -> Iterator[cursor]:
    """A cursor outside any transaction: databases cannot be made inside one."""
    with closing(psycopg2.connect(**dsn)) as connection:
        connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
        with connection.cursor() as at:
            yield at


def ensure_databases(dsn: Dsn, *, migrator: str, password: str, names: tuple[str, ...], tz: str) -> None:
    """An owner of these databases who cannot log in, and a login that becomes it and has no other right."""
    with statements(dsn) as at:
        ensure_role(at, migrator, password, may="NOCREATEROLE NOINHERIT")
        ensure_owner(at, migrator)
        for name in names:
            ensure_database(at, name, owner=OWNER, tz=tz)
    for name in names:  # of a stack from before it had its own role
        with statements({**dsn, "dbname": name}) as at:
            at.execute(named("REASSIGN OWNED BY {migrator} TO {owner}", migrator=migrator, owner=OWNER))


def ensure_owner(at: cursor, migrator: str) -> None:
    """Whoever migrates is the owner from the moment it connects, unless it steps down to a service's role."""
    at.execute("SELECT rolname FROM pg_roles WHERE rolname ~ '^(tyreloop_|grafana_reader)'")
    known = {name for (name,) in at.fetchall()}
    if OWNER not in known:
        at.execute(named("CREATE ROLE {owner} CREATEROLE", owner=OWNER))
    at.execute(named("GRANT {owner} TO {migrator}", owner=OWNER, migrator=migrator))
    at.execute(named("ALTER ROLE {migrator} SET role = {owner}", owner=OWNER, migrator=migrator))
    for service in sorted(known - {OWNER, migrator}):
        at.execute(named("GRANT {service} TO {owner} WITH ADMIN OPTION", service=service, owner=OWNER))


def ensure_role(at: cursor, name: str, password: str, *, may: str = "NOCREATEROLE") -> None:
    """A role that logs in."""
    at.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,))
    verb = "ALTER" if at.fetchone() else "CREATE"
    statement = sql.SQL(f"{verb} ROLE {{}} LOGIN {may} PASSWORD {{}}")
    at.execute(statement.format(sql.Identifier(name), sql.Literal(password)))


def ensure_database(at: cursor, name: str, *, owner: str, tz: str) -> None:
    """A database with this owner and time zone."""
    at.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
    if at.fetchone() is None:
        create_database(at, name, owner=owner)
    zone = sql.SQL("ALTER DATABASE {} SET timezone TO {}")
    at.execute(zone.format(sql.Identifier(name), sql.Literal(tz)))


def create_database(at: cursor, name: str, *, owner: str, template: str = "template1") -> None:
    """A copy of the template; copying files is the fast way when the template is small."""
    statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY file_copy")
    at.execute(statement.format(sql.Identifier(name), sql.Identifier(owner), sql.Identifier(template)))


def ensure_registry(cluster: Cluster, settings: Settings, *, password: str) -> None:
    """MLflow owns its database alone; whoever migrates acts as it there, for backups."""
    migrator, name = settings.postgres_user, settings.mlflow_db
    with statements(cluster.dsn(settings.postgres_port)) as at:
        ensure_role(at, MLFLOW, password)
        ensure_database(at, name, owner=MLFLOW, tz=settings.tz)
        for statement in (
            "ALTER DATABASE {name} OWNER TO {mlflow}",  # of a stack from before it had its own role
            "REVOKE CONNECT, TEMPORARY ON DATABASE {name} FROM PUBLIC",
            "GRANT CONNECT ON DATABASE {name} TO {migrator}",
            "GRANT {mlflow} TO {migrator}",
            "ALTER ROLE {migrator} IN DATABASE {name} SET role = {mlflow}",
        ):
            at.execute(named(statement, name=name, mlflow=MLFLOW, migrator=migrator))
    with statements(cluster.dsn(settings.postgres_port, name)) as at:
        at.execute(HAND_OVER, {"old": migrator, "new": MLFLOW})


def ensure_logins(cluster: Cluster, settings: Settings, passwords: Mapping[str, str]) -> None:
    """Each service logs in as itself; what runs on a schedule reads everything, for it makes the backups."""
    with statements(cluster.dsn(settings.postgres_port)) as at:
        for service, password in passwords.items():
            ensure_role(at, f"tyreloop_{service}", password)
        at.execute("GRANT pg_read_all_data TO tyreloop_tasks")
        at.execute(named("GRANT CONNECT ON DATABASE {name} TO tyreloop_tasks", name=settings.mlflow_db))
    with statements(cluster.dsn(settings.postgres_port, settings.postgres_db)) as at:
        # The broker's tables of a stack from before the worker had a login of its own, or of a backup.
        at.execute("GRANT ALL ON ALL TABLES IN SCHEMA broker TO tyreloop_worker")
        at.execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA broker TO tyreloop_worker")


def named(statement: str, **names: str) -> sql.Composed:
    return sql.SQL(statement).format(**{key: sql.Identifier(name) for key, name in names.items()})


def prepare_databases(settings: Settings) -> list[str]:
    """Make or correct what the services expect to find; answers the migrations that ran."""
    folder = StackFolder.of(settings)
    cluster = Cluster.prepare(folder.postgres)
    ensure_databases(
        cluster.dsn(settings.postgres_port),
        migrator=settings.postgres_user,
        password=settings.postgres_password.get_secret_value(),
        names=(settings.postgres_db,),
        tz=settings.tz,
    )
    ensure_registry(cluster, settings, password=keep_secret(folder.secrets / login_file(MLFLOW)))
    done = migrate(settings.postgres_dsn)
    logins = {service: keep_secret(folder.secrets / login_file(service)) for service in SERVICES}
    ensure_logins(cluster, settings, logins)
    if password := settings.grafana_db_password.get_secret_value():
        set_reader_password(settings.postgres_dsn, password)
    return done


def invite_first(settings: Settings) -> None:
    """While nobody is on the staff, a one-time link lies where the stack shows it."""
    file = StackFolder.of(settings).invitation
    with opened_stores(settings, role=Role.OWNER) as stores:
        secret = invite_first_administrator(valid_for=FIRST_LINK_COUNTS_FOR, using=stores)
    if secret:
        write_privately(file, settings.invitation_link(secret))
    else:
        file.unlink(missing_ok=True)


def main() -> None:
    """As a program of the stack: one line about what was done, or one about what was wrong."""
    try:
        names = prepare_databases(settings())
        invite_first(settings())
    except StoreUnavailable as error:
        click.echo(str(error), err=True)
        sys.exit(NOT_YET)
    except TyreloopError as error:
        sys.exit(str(error))
    click.echo(f"Migrated: {', '.join(names)}." if names else "The schema is up to date.")


if __name__ == "__main__":
    main()
