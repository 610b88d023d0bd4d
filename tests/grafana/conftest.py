"""Databases to ask: an empty one, and one with a small, known history; both asked as Grafana's reader."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from inference_api import Services
from tests.fakes import FakeRegistry
from tests.fixtures.service import service_over
from tests.grafana.history import write_history
from tyreloop.models.cache import ModelCache
from tyreloop.models.shelf import ModelShelf
from tyreloop.use_cases.stores import Stores

READER_PASSWORD = "reads-only"


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
def bare_services(stores: Stores, tmp_path: Path) -> Services:
    """The service without a model."""
    return service_over(stores, ModelShelf(FakeRegistry, ModelCache(tmp_path / "models")))
