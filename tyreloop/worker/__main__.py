"""`python -m tyreloop.worker`: carries out orders until told to stop; `alive`: whether somebody does."""

from __future__ import annotations

import sys

from tyreloop.logs import configure_logs
from tyreloop.settings import Settings, settings
from tyreloop.worker.app import build_app, listeners
from tyreloop.worker.conversion import Converter
from tyreloop.worker.handlers import build_handlers
from tyreloop.worker.tidying import Tidier
from tyreloop.worker.worker import build_worker


def serve_orders(given: Settings) -> None:
    """Do trainings and inspections; what is in hand at the end is taken up again later."""
    configure_logs(given, service="worker")
    worker = build_worker(given, build_handlers(given))
    Converter(given, worker.stopping).start()
    Tidier(worker.using.database, given.data_dir / "datasets", worker.stopping).start()
    worker.run()


if __name__ == "__main__":
    if sys.argv[1:] == ["alive"]:
        sys.exit(0 if listeners(build_app(settings())) else 1)
    serve_orders(settings())
