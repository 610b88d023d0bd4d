"""The Celery application: one task, one queue, on RabbitMQ or on the database itself."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from celery import Celery
from kombu.entity import Queue

from tyreloop.settings import Settings

TASK, QUEUE = "tyreloop.run_job", "tyreloop"
LISTENERS_SECONDS = 5.0
# RabbitMQ gives an unconfirmed message to somebody else after half an hour; trainings take longer.
MAX_ORDER_MS = 7 * 24 * 3600 * 1000


def build_app(settings: Settings) -> Celery:
    """The application over the broker that BROKER_URL names; connects to nothing."""
    app = Celery("tyreloop", broker=broker_url(settings))
    app.conf.update(
        task_default_queue=QUEUE,
        task_queues=[
            Queue(  # type: ignore[no-untyped-call]
                QUEUE, durable=True, queue_arguments=_arguments(settings)
            )
        ],
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=4,
        # Else the pool's threads ask the broker for more after a lost connection, all on the one channel that
        # the main thread reads: each takes the other's answer, and all wait for ever.
        worker_enable_prefetch_count_reduction=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options=_options(settings),
        timezone="UTC",
    )
    return app


def broker_url(settings: Settings) -> str:
    """RabbitMQ where it is named; else the database, whose messages lie in a schema of their own."""
    given = settings.broker_url.get_secret_value()
    if given:
        return given
    dsn = {name: quote(str(value), safe="") for name, value in settings.postgres_dsn.items()}
    place = f"{dsn['user']}:{dsn['password']}@{dsn['host']}:{dsn['port']}/{dsn['dbname']}"
    return f"sqla+postgresql+psycopg2://{place}?options={quote('-csearch_path=broker', safe='')}"


def _is_rabbit(settings: Settings) -> bool:
    return broker_url(settings).startswith(("amqp:", "amqps:", "pyamqp:"))


def _arguments(settings: Settings) -> dict[str, Any] | None:
    return {"x-consumer-timeout": MAX_ORDER_MS} if _is_rabbit(settings) else None


def _options(settings: Settings) -> dict[str, Any]:
    """The database's connections are looked at before each use: it may have been started anew."""
    if _is_rabbit(settings):
        return {"confirm_publish": True}
    return {"pool_pre_ping": True, "pool_size": 2}


def listeners(app: Celery) -> int:
    """How many workers RabbitMQ would hand a message to: the health check of the worker's container."""
    with app.connection(connect_timeout=LISTENERS_SECONDS) as connection:
        declared = connection.default_channel.queue_declare(QUEUE, passive=True)
        return int(declared.consumer_count)
