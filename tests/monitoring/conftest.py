"""Databases to ask, empty or with a small, known history, and judging at chosen moments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extras import RealDictCursor

from inference_api import Services
from tests.fakes import FakeRegistry
from tests.fixtures.service import service_over
from tests.monitoring.history import write_history
from tyreloop.models.cache import ModelCache
from tyreloop.models.shelf import ModelShelf
from tyreloop.monitoring.evaluate import evaluate_rules
from tyreloop.monitoring.messages import Notice
from tyreloop.settings import Settings
from tyreloop.use_cases.stores import Stores

READER_PASSWORD = "reads-only"
JudgeAt = Callable[[datetime], list[Notice]]


@pytest.fixture(scope="session")
def reader_login(postgres_server: dict[str, Any], migrated_template: str) -> dict[str, str]:
    """How Grafana logs in; its role exists as soon as one database of the server was migrated."""
    assert migrated_template
    with closing(psycopg2.connect(**postgres_server)) as connection, connection, connection.cursor() as at:
        at.execute("ALTER ROLE grafana_reader PASSWORD %s", (READER_PASSWORD,))
    return {"user": "grafana_reader", "password": READER_PASSWORD}


@pytest.fixture
def owner(database_dsn: dict[str, Any]) -> Iterator[Connection]:
    """A fresh database, open for writing."""
    with closing(psycopg2.connect(**database_dsn)) as connection:
        connection.autocommit = True
        yield connection


@pytest.fixture
def reader(database_dsn: dict[str, Any], reader_login: dict[str, str]) -> Iterator[Connection]:
    """The same database as Grafana sees it."""
    with closing(psycopg2.connect(**{**database_dsn, **reader_login})) as connection:
        connection.autocommit = True
        yield connection


@pytest.fixture
def small_history(owner: Connection) -> None:
    """Three weeks of two versions, with every kind of row that a chart reads."""
    write_history(owner)


@pytest.fixture
def defaults() -> Settings:
    """The settings as they come, whatever this machine's environment says."""
    return Settings.model_construct()


@pytest.fixture
def connection(database_dsn: dict[str, Any]) -> Iterator[Connection]:
    with closing(psycopg2.connect(**database_dsn, cursor_factory=RealDictCursor)) as opened:
        yield opened


@pytest.fixture
def judge_at(connection: Connection, defaults: Settings) -> JudgeAt:
    """One run of the job at a moment; each is a process of its own as far as memory goes."""

    def judge(now: datetime) -> list[Notice]:
        with connection:
            return evaluate_rules(connection, using=defaults, channels=("slack", "discord"), now=now)

    return judge


@pytest.fixture
def bare_services(stores: Stores, tmp_path: Path) -> Services:
    """The service without a model."""
    return service_over(stores, ModelShelf(FakeRegistry, ModelCache(tmp_path / "models")))
