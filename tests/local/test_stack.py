"""The whole stack as people drive it: up, status, down, a crash, a second start."""

from __future__ import annotations

import asyncio
import re
import signal

import psutil
import psycopg2
import pytest

from tests.fixtures.running_stack import StackUnderTest
from tests.local.programs import until
from tyreloop.local.databases import statements
from tyreloop.local.program import http_status
from tyreloop.settings import SECRETS, Settings

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(300)]


def wait_for(stack: StackUnderTest, name: str, *, other_than: int) -> None:
    """Until a new process of this part answers."""

    def answers_again() -> bool:
        part = next(part for part in stack.status()["services"] if part["name"] == name)
        return part["state"] == "ready" and part["pid"] not in (None, other_than)

    asyncio.run(until(answers_again, seconds=60))


def secrets_of(process: psutil.Process) -> set[str]:
    return {name for name in process.environ() if name.lower() in SECRETS}


def settings_of(stack: StackUnderTest) -> Settings:
    """What a command in another shell finds in the stack's folder."""
    return Settings(_env_file=stack.data / "stack.env")


def test_everything_answers_once_up_has_returned(stack: StackUnderTest) -> None:
    assert stack.status()["ready"] is True
    assert http_status(stack.ports["FLASK_PORT"], "/readyz") == 200
    assert http_status(stack.ports["STREAMLIT_PORT"], "/_stcore/health") == 200
    assert http_status(stack.ports["MLFLOW_PORT"], "/health") == 200


def test_a_second_start_says_that_it_runs_and_where(stack: StackUnderTest) -> None:
    said = stack.command("up")
    assert said.returncode == 0
    assert "is running from this folder already" in said.stdout
    assert stack.pages_url in said.stdout


def test_status_tells_people_and_programs(stack: StackUnderTest) -> None:
    said = stack.command("status")
    assert said.returncode == 0
    assert re.search(rf"Pages +ready +{stack.pages_url}", said.stdout)


def test_the_doctor_knows_the_ports_of_this_stack(stack: StackUnderTest) -> None:
    assert "in use by this stack" in stack.command("doctor").stdout


def test_commands_in_another_shell_reach_the_database(stack: StackUnderTest) -> None:
    psycopg2.connect(**settings_of(stack).postgres_dsn).close()


def test_what_other_shells_read_is_for_the_owner_only(stack: StackUnderTest) -> None:
    secret = [stack.data / "stack.env", stack.data / "stack.json", *(stack.data / "secrets").iterdir()]
    assert {file.stat().st_mode & 0o077 for file in secret} == {0}


def test_each_program_holds_the_secrets_that_it_needs(stack: StackUnderTest) -> None:
    names = ("postgres", "mlflow", "api", "jobs", "worker", "ui")
    held = {name: secrets_of(stack.process(name)) for name in names}
    assert held["postgres"] == held["mlflow"] == set()
    assert held["jobs"] == held["worker"] == {"POSTGRES_PASSWORD", "MLFLOW_TRACKING_PASSWORD"}
    assert held["api"] == held["ui"] == {"POSTGRES_PASSWORD", "MLFLOW_TRACKING_PASSWORD", "SECRET_KEY"}


def test_each_program_logs_in_as_itself(stack: StackUnderTest) -> None:
    names = {name: stack.process(name).environ()["POSTGRES_USER"] for name in ("api", "jobs", "worker", "ui")}
    assert names == {
        "api": "tyreloop_api",
        "jobs": "tyreloop_tasks",
        "worker": "tyreloop_worker",
        "ui": "tyreloop_pages",
    }


TOO_MUCH = """
SELECT rolname FROM pg_roles AS role WHERE rolname ~ '^tyreloop' AND (
    rolcreaterole OR rolcreatedb OR rolsuper
    OR EXISTS (SELECT FROM pg_class WHERE relowner = role.oid AND relnamespace = 'public'::regnamespace)
    OR (has_database_privilege(role.oid, 'mlflow', 'CONNECT') AND rolname !~ '^tyreloop(_tasks)?$')
)
"""


def test_no_service_owns_a_table_makes_roles_or_reads_the_registrys(stack: StackUnderTest) -> None:
    with statements(settings_of(stack).postgres_dsn) as at:
        at.execute(TOO_MUCH)
        assert at.fetchall() == [("tyreloop_owner",)]
        at.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'tyreloop_owner'")
        assert at.fetchone() == (False,)


def test_the_registry_asks_for_a_login(stack: StackUnderTest) -> None:
    search = "/api/2.0/mlflow/registered-models/search?max_results=1"
    assert http_status(stack.ports["MLFLOW_PORT"], search) == 401
    assert "Production" in stack.command("models", "list").stdout


def test_what_the_stack_writes_is_for_its_account_only(stack: StackUnderTest) -> None:
    files = [path for path in stack.data.rglob("*") if path.is_file() and "cluster" not in path.parts]
    assert [path for path in files if path.stat().st_mode & 0o027] == []


def test_the_first_start_shows_a_link_for_the_first_administrator(stack: StackUnderTest) -> None:
    said = stack.command("status").stdout
    assert f"{stack.pages_url}/staff?invite=" in said
    assert str(stack.data / "logs") in said
    assert "Ctrl-C" not in said


def test_a_dead_part_comes_back(stack: StackUnderTest) -> None:
    dead = stack.process("ui")
    dead.send_signal(signal.SIGKILL)
    wait_for(stack, "ui", other_than=dead.pid)


def test_after_a_kill_of_everything_one_command_brings_everything_back(stack: StackUnderTest) -> None:
    before = settings_of(stack).secret_key
    assert stack.kill_everything() == []
    assert stack.command("status").returncode == 3
    said = stack.up_detached()
    assert stack.pages_url in said
    assert stack.status()["ready"] is True
    assert settings_of(stack).secret_key == before
