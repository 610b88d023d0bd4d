"""The worker's health check asks the broker who listens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from celery import Celery
from kombu import Queue
from kombu.exceptions import OperationalError

from tyreloop.worker.app import QUEUE, listeners


@pytest.fixture
def app() -> Iterator[Celery]:
    """Over a broker that lives in this process."""
    with Celery("tyreloop", broker="memory://") as app:
        yield app


def test_nobody_listens_to_a_queue_that_is_only_there(app: Celery) -> None:
    with app.connection() as connection:
        Queue(QUEUE).bind(connection.default_channel).declare()
    assert listeners(app) == 0


def test_a_broker_that_is_away_is_an_error() -> None:
    with Celery("tyreloop", broker="amqp://127.0.0.1:1//") as app, pytest.raises(OperationalError):
        listeners(app)
