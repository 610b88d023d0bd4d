"""The worker's process: takes orders one after the other, and looks after those that nobody took."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import structlog
from celery import Celery, signals

from tyreloop.bootstrap import Role, open_database, stores_in
from tyreloop.domain.errors import StoreUnavailable
from tyreloop.domain.orders import OrderId
from tyreloop.files.photos import build_photo_store
from tyreloop.settings import Settings
from tyreloop.store.orders import PostgresOrders
from tyreloop.use_cases.orders import Handler, carry_out
from tyreloop.use_cases.stores import Stores
from tyreloop.worker.app import QUEUE, TASK, build_app

log = structlog.get_logger(__name__)
AT_ONCE = 2  # a training, and one short order beside it
LOOK_EVERY_SECONDS = 1.0


@dataclass(slots=True)
class Worker:
    """One process with a name that no other has."""

    app: Celery
    using: Stores
    handlers: Mapping[str, Handler]
    name: str = field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:6]}")
    stopping: Event = field(default_factory=Event)
    _is_troubled: bool = False

    def run(self) -> None:
        """Work until somebody ends the process; an order in hand goes back to the queue then."""
        self.app.task(self.do, name=TASK)
        signals.worker_shutting_down.connect(self._stop, weak=False)
        signals.worker_ready.connect(_say_ready, weak=False)
        Thread(target=self._dispatch, name="dispatcher", daemon=True).start()
        options = ["--pool=threads", f"--concurrency={AT_ONCE}", "--loglevel=WARNING", f"--queues={QUEUE}"]
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        self.app.worker_main(["worker", *options, *quiet, f"--hostname=tyreloop@{self.name}"])

    def do(self, order_id: str) -> None:
        """What a message asks for."""
        state = carry_out(
            OrderId(order_id),
            worker=self.name,
            handlers=self.handlers,
            using=self.using,
            stopping=self.stopping,
        )
        if state is not None:
            log.info("job_ended", job=order_id, state=state.value)

    def _dispatch(self) -> None:
        """Every second: who orders writes a row, and need not reach the broker. Any number of workers may."""
        while not self.stopping.wait(LOOK_EVERY_SECONDS):
            try:
                self._send_waiting()
            except StoreUnavailable as error:
                self._say_trouble("database", error)
            except Exception as error:  # noqa: BLE001 - a broker's errors share no base class
                self._say_trouble("broker", error)
            else:
                self._is_troubled = False

    def _send_waiting(self) -> None:
        """A message for each order that waits; what the broker does not take is sent again."""
        for order_id in self.using.orders.to_dispatch(at=self.using.clock()):
            try:
                self.app.send_task(TASK, args=[order_id], retry=False)
            except Exception:
                self.using.orders.undo_dispatch(order_id)
                raise

    def _say_trouble(self, what: str, error: Exception) -> None:
        if not self._is_troubled:
            log.warning("dispatch_waits", for_=what, reason=str(error).split("\n")[0][:200])
            self._is_troubled = True

    def _stop(self, **_: Any) -> None:
        self.stopping.set()


def _say_ready(**_: Any) -> None:
    log.info("worker_ready")


def build_worker(settings: Settings, handlers: Mapping[str, Handler], **patience: timedelta) -> Worker:
    """A worker over the settings' database and broker."""
    stores = stores_in(open_database(settings, role=Role.WORKER), build_photo_store(settings))
    if patience:
        stores = replace(stores, orders=PostgresOrders(stores.database, **patience))
    return Worker(build_app(settings), stores, handlers)
