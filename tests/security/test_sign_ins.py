"""A crowd at the door: argon2 stands in a lane of its own, and photos and health go past it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.service_process import Running, started
from tests.fixtures.surroundings import database_environment
from tyreloop.bootstrap import Role as ProcessRole
from tyreloop.bootstrap import opened_stores
from tyreloop.domain.staff import Actor, Right, Role
from tyreloop.settings import read_settings
from tyreloop.use_cases.staff import add_staff_member

pytestmark = pytest.mark.slow
PASSWORD = "a password of the tests"
ROOT = Actor("shell:root", frozenset(Right), is_known=True)


@pytest.fixture
def staffed(service_data_dir: Path, database_dsn: dict[str, Any]) -> Iterator[Running]:
    """The service with a database, and somebody who may sign in."""
    where = database_environment(database_dsn)
    given = read_settings(data_dir=service_data_dir, **{name.lower(): said for name, said in where.items()})
    with opened_stores(given, role=ProcessRole.SHELL) as stores:
        add_staff_member("ada", PASSWORD, Role.ADMIN, by=ROOT, using=stores)
    with started(service_data_dir, **where) as service:
        yield service


def test_a_hundred_and_twenty_sign_ins_at_once_hold_nobody_else(staffed: Running, bright: bytes) -> None:
    def guess(number: int) -> int:
        body = json.dumps({"name": f"name-{number}", "password": "a wrong password"}).encode()
        return staffed.ask("POST", "/v1/tokens", body, "application/json")[0]

    with ThreadPoolExecutor(120) as crowd:
        guesses = [crowd.submit(guess, number) for number in range(120)]
        assert staffed.ask("GET", "/healthz", seconds=10)[0] == 200
        assert staffed.ask("POST", "/predict", bright, seconds=10)[0] == 201
        statuses = [one.result() for one in guesses]
    assert set(statuses) <= {401, 429, 503}
    assert statuses.count(401) <= 30
