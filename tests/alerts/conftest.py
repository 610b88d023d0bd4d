"""Judging at chosen moments on a real Postgres, with settings that a test can change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extras import RealDictCursor

from tyreloop.alerts.judging import judge_rules
from tyreloop.alerts.messages import Notice
from tyreloop.settings import Settings

JudgeAt = Callable[[datetime], list[Notice]]


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
            return judge_rules(connection, using=defaults, channels=("slack", "discord"), now=now)

    return judge
