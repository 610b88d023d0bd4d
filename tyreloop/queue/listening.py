"""Whether a worker listens to the queue: the health check of the worker's container."""

from __future__ import annotations

import sys

from celery import Celery

from tyreloop.queue.app import QUEUE, build_app
from tyreloop.settings import settings

SECONDS = 5.0


def listeners(app: Celery) -> int:
    """How many workers RabbitMQ would hand a message to."""
    with app.connection(connect_timeout=SECONDS) as connection:
        declared = connection.default_channel.queue_declare(QUEUE, passive=True)
        return int(declared.consumer_count)


if __name__ == "__main__":
    sys.exit(0 if listeners(build_app(settings())) else 1)
