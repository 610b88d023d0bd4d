"""An older Postgres in the volume: refused in a sentence, then brought to the new one by one command."""

from __future__ import annotations

import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.compose.stack_file import SERVICES
from tests.containers.checks import require
from tests.containers.engine import ROOT, WalkFailed, run
from tests.containers.report import Report

OLD, NEW = "15", SERVICES["postgres"]["image"].partition(":")[2]
PROJECT = "tyreloop-postgres-walk"
VOLUME = f"{PROJECT}_postgres-data"
MADE = "CREATE TABLE said (word text); INSERT INTO said VALUES ('good'), ('defective')"
UPGRADE = str(ROOT / "deploy" / "upgrade_postgres.sh")


def upgrade_postgres(report: Report) -> None:
    """On a volume of its own: the whole stack need not run for it."""
    with report.step(f"Postgres {OLD} becomes {NEW}"), TemporaryDirectory() as folder:
        try:
            server = start(OLD)
            psql(server, "postgres", "CREATE ROLE tyreloop LOGIN PASSWORD 'kept'")
            psql(server, "postgres", "CREATE DATABASE tyreloop OWNER tyreloop")
            psql(server, "tyreloop", MADE)
            refused = run("docker", *mounted(), *check_of_the_version(), check=False)
            require(f"is of Postgres {OLD}, and {NEW} runs here" in refused, f"it said: {refused}")
            require("still runs" in upgrade(folder), "it was begun while the old server ran")
            run("docker", "stop", server)
            run("docker", "rm", server)
            require(f"Postgres {NEW} now" in upgrade(folder), "the upgrade was not carried out")
            require(run("docker", *mounted(), *check_of_the_version()) == "", "the new volume is refused")
            require("already" in upgrade(folder), "it would be done twice")
            server = start(NEW)
            found = psql(server, "tyreloop", "SELECT word FROM said ORDER BY word")
            require(found == "defective\ngood", f"the new server has {found}")
            owner = psql(
                server,
                "postgres",
                "SELECT rolcanlogin, rolpassword <> '' FROM pg_authid WHERE rolname = 'tyreloop'",
            )
            require(owner == "t|t", f"the role came as {owner}")
            require(any(Path(folder).glob(f"postgres-{OLD}-*.sql")), "no dump was kept")
        finally:
            run("docker", "rm", "--force", f"{PROJECT}-server", check=False)
            run("docker", "volume", "rm", "--force", VOLUME, f"{VOLUME}-{OLD}", check=False)


def mounted() -> tuple[str, ...]:
    return ("run", "--rm", "--user", "postgres", "--volume", f"{VOLUME}:/var/lib/postgresql/data")


def check_of_the_version() -> tuple[str, ...]:
    """The step of docker-compose.yaml, as the engine runs it."""
    step = SERVICES["postgres-version"]
    script = step["command"][0].replace("$$", "$")
    return ("--entrypoint", step["entrypoint"][0], step["image"], *step["entrypoint"][1:], script)


def start(major: str) -> str:
    """A server on the volume, once it answers."""
    name = f"{PROJECT}-server"
    run("docker", "rm", "--force", name, check=False)
    password = ("--env", "POSTGRES_PASSWORD=walk")
    run("docker", "run", "--detach", "--name", name, *password, *mounted()[4:], f"postgres:{major}")
    for _ in range(120):
        if "accepting" in run("docker", "exec", name, "pg_isready", "-h", "127.0.0.1", check=False):
            return name
        time.sleep(0.5)
    raise WalkFailed(f"Postgres {major} does not start.")


def psql(server: str, database: str, sql: str) -> str:
    return run("docker", "exec", "--user", "postgres", server, "psql", "-Atqd", database, "-c", sql)


def upgrade(folder: str) -> str:
    """What the command says, well or not."""
    environment = {**os.environ, "COMPOSE_PROJECT_NAME": PROJECT, "BACKUP_FOLDER": folder}
    return run("sh", "-c", f"{UPGRADE} 2>&1", check=False, env=environment)
