"""`python -m tyreloop.queue`: does ordered work until told to stop, as `tyreloop worker` does."""

from __future__ import annotations

from tyreloop.logs import configure_logs
from tyreloop.queue.worker import build_worker
from tyreloop.queue.works import build_works
from tyreloop.settings import Settings, settings


def serve_orders(given: Settings) -> None:
    """Do trainings and inspections; what is in hand at the end is taken up again later."""
    configure_logs(given, service="worker")
    build_worker(given, build_works(given)).run()


if __name__ == "__main__":
    serve_orders(settings())
