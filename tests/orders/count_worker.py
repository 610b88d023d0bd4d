"""A worker whose work can be counted: each job writes its number down, in two steps."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import timedelta
from time import sleep
from typing import Any

import psycopg2

from tyreloop.domain.errors import StoreUnavailable
from tyreloop.settings import settings
from tyreloop.use_cases import orders
from tyreloop.use_cases.orders import HeldOrder
from tyreloop.worker import worker

STEP_SECONDS = 0.005  # with the connection that it opens long enough that a kill finds somebody at work


def count(running: HeldOrder) -> Mapping[str, Any]:
    """Two steps; the effect is bound to the job, so that doing it again changes nothing."""
    for step in ("first", "second"):
        running.check_cancelled()
        sleep(STEP_SECONDS)
        _write(running.order.id, step, int(running.order.parameters["number"]))
    return {"number": running.order.parameters["number"]}


def _write(job_id: str, step: str, number: int) -> None:
    try:
        with (
            closing(psycopg2.connect(**settings().postgres_dsn)) as connection,
            connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "INSERT INTO counted (job_id, step, number) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (job_id, step, number),
            )
    except psycopg2.OperationalError as error:
        raise StoreUnavailable("away") from error


if __name__ == "__main__":
    patience = {"lease": timedelta(seconds=3), "send_again_after": timedelta(seconds=3)}
    orders.RENEW_EVERY_SECONDS = 0.5
    worker.LOOK_EVERY_SECONDS = 0.2
    worker.build_worker(settings(), {"count": count}, **patience).run()
