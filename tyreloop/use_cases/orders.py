"""Order long work (a training, the inspection of a dataset), stop it, try again; and carry it out, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

from tyreloop.domain.datasets import require_enough_to_train
from tyreloop.domain.errors import InvalidRequest, NotFound, StoreUnavailable, TyreloopError
from tyreloop.domain.orders import (
    MAX_TRIES,
    Order,
    OrderCancelled,
    OrderId,
    OrderKind,
    OrderLost,
    OrderState,
    Standing,
    WorkerStops,
    new_order_id,
)
from tyreloop.domain.staff import Act, Actor, Right
from tyreloop.use_cases.stores import Stores

RIGHT_FOR: Mapping[str, Right] = {OrderKind.TRAINING: Right.TRAIN, OrderKind.INSPECTION: Right.CURATE}
RENEW_EVERY_SECONDS = 5.0
FINISH_TRIES = 120
CANNOT_BE_DONE = (InvalidRequest, NotFound)


def order_training(recipe: str, *, dataset: str | None, start: str | None, by: Actor, using: Stores) -> Order:
    """Train by a recipe on a snapshot (none: on what the recipe draws), from a version or from nothing."""
    by.require(Right.TRAIN)
    if dataset is not None:
        snapshot = using.datasets.get(dataset)
        if snapshot is None:
            raise NotFound(f"There is no dataset {dataset}.")
        require_enough_to_train(dataset, snapshot.items)
    parameters = {"recipe": recipe, "dataset": dataset, "start": start}
    return _order(OrderKind.TRAINING, parameters, by=by, using=using)


def order_inspection(dataset: str, *, by: Actor, using: Stores) -> Order:
    """Let the model in Production answer every photo of a dataset."""
    return _order(OrderKind.INSPECTION, {"dataset": dataset}, by=by, using=using)


def cancel_order(order_id: OrderId, *, by: Actor, using: Stores) -> None:
    """Stop it, at its next step if it runs."""
    _require(order_id, by, using)
    using.orders.cancel(order_id, act=Act.of(by, "job_cancelled", f"job:{order_id}", using.clock()))


def retry_order(order_id: OrderId, *, by: Actor, using: Stores) -> None:
    """Let it go on where it stopped."""
    _require(order_id, by, using)
    using.orders.retry(order_id, act=Act.of(by, "job_retried", f"job:{order_id}", using.clock()))


def _order(kind: OrderKind, parameters: Mapping[str, Any], *, by: Actor, using: Stores) -> Order:
    by.require(RIGHT_FOR[kind])
    at = using.clock()
    order = Order(new_order_id(), kind, parameters, by.name, at, by.request_id)
    act = Act.of(by, "job_ordered", f"job:{order.id}", at, kind=kind.value, **parameters)
    using.orders.submit(order, act=act)
    return order


def _require(order_id: OrderId, by: Actor, using: Stores) -> None:
    by.require(Right.TRAIN)
    if using.orders.get(order_id) is None:
        raise NotFound("There is no such job.")


@dataclass(slots=True)
class HeldOrder:
    """An order in this worker's hands: a thread renews its lease, and hears when to stop."""

    order: Order
    worker: str
    using: Stores
    stopping: Event
    standing: Standing = Standing.OURS
    _over: Event = field(default_factory=Event)

    def check_cancelled(self) -> None:
        if self.standing is Standing.CANCEL:
            raise OrderCancelled("Somebody asked to stop it.")
        if self.standing is Standing.LOST:
            raise OrderLost("Another worker has this job by now.")
        if self.stopping.is_set():
            raise WorkerStops("The worker ends.")

    def report(self, progress: Mapping[str, Any], line: str = "") -> None:
        self.check_cancelled()
        orders, at = self.using.orders, self.using.clock()
        try:
            orders.report(self.order.id, worker=self.worker, at=at, progress=progress, line=line)
        except StoreUnavailable:
            return  # a line less; the work itself goes on

    @contextmanager
    def leased(self) -> Iterator[None]:
        """While the block runs, nobody else takes the order up."""
        thread = Thread(target=self._renew, name=f"lease-{self.order.id[:8]}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _renew(self) -> None:
        orders, clock = self.using.orders, self.using.clock
        while not self._over.wait(RENEW_EVERY_SECONDS) and self.standing is not Standing.LOST:
            try:
                self.standing = orders.renew_lease(self.order.id, worker=self.worker, at=clock())
            except StoreUnavailable:
                continue  # the lease outlives a short absence of the database


Handler = Callable[[HeldOrder], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _Ending:
    state: OrderState
    result: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    counts_as_attempt: bool = True


def carry_out(
    order_id: OrderId, *, worker: str, handlers: Mapping[str, Handler], using: Stores, stopping: Event
) -> OrderState | None:
    """Take the order if it waits, do it, and write down how it ended; None: there was nothing to take."""
    order = using.orders.begin(order_id, worker=worker, at=using.clock())
    if order is None:
        return None
    held = HeldOrder(order, worker, using, stopping)
    with held.leased():
        ending = _do(held, handlers)
        if ending is not None:
            _write_down(ending, held)
    return ending.state if ending else None


def _do(held: HeldOrder, handlers: Mapping[str, Handler]) -> _Ending | None:
    """How it ended; None where it is somebody else's by now."""
    kind = held.order.kind
    try:
        if kind not in handlers:
            raise InvalidRequest(f"Nobody here knows how to do {kind!r}.")
        return _Ending(OrderState.DONE, handlers[kind](held))
    except OrderLost:
        return None
    except OrderCancelled:
        return _Ending(OrderState.CANCELLED)
    except WorkerStops:
        return _Ending(OrderState.QUEUED, counts_as_attempt=False)
    except CANNOT_BE_DONE as error:
        return _Ending(OrderState.FAILED, error=str(error))
    except Exception as error:  # noqa: BLE001 - whatever breaks an order must not break its worker
        said = str(error) if isinstance(error, TyreloopError) else f"{type(error).__name__}: {error}"
        again = held.order.tries < MAX_TRIES
        return _Ending(OrderState.QUEUED if again else OrderState.PARKED, error=said)


def _write_down(ending: _Ending, held: HeldOrder) -> None:
    """Work that took hours is not thrown away because the database is away for a minute."""
    for _ in range(FINISH_TRIES):
        try:
            held.using.orders.finish(
                held.order.id,
                worker=held.worker,
                at=held.using.clock(),
                state=ending.state,
                result=ending.result,
                error=ending.error,
                counts_as_attempt=ending.counts_as_attempt,
            )
        except StoreUnavailable:
            held.stopping.wait(RENEW_EVERY_SECONDS)
        else:
            return
