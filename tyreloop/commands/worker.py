"""`tyreloop worker`: does the long work that people ordered."""

from __future__ import annotations

import click

from tyreloop.settings import settings
from tyreloop.worker.__main__ import serve_orders


@click.command()
def worker() -> None:
    """Do trainings and inspections, until somebody ends it; what is in hand is taken up again later."""
    serve_orders(settings())
