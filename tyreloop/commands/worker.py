"""`tyreloop worker`: does the long work that people ordered."""

from __future__ import annotations

import click

from tyreloop.settings import settings


@click.command()
def worker() -> None:
    """Do trainings and inspections, until somebody ends it; what is in hand is taken up again later."""
    from tyreloop.logs import configure_logs  # noqa: PLC0415 - celery takes a second to load
    from tyreloop.queue.worker import build_worker  # noqa: PLC0415
    from tyreloop.queue.works import build_works  # noqa: PLC0415

    configure_logs(settings(), service="worker")
    build_worker(settings(), build_works(settings())).run()
