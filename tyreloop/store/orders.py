"""Orders in Postgres: the rows decide who does what, whatever messages say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extras import Json

from tyreloop.domain.errors import Conflict
from tyreloop.domain.orders import LEASE, MAX_TRIES, Order, OrderId, OrderLine, OrderState, Standing
from tyreloop.domain.staff import Act
from tyreloop.store.db import Database, Row, Table, queries

SEND_AGAIN_AFTER = timedelta(seconds=60)
MAX_SENT = 16
FIELDS = {field.name for field in fields(Order)} - {"id", "state", "parameters"}


class PostgresOrders(Table):
    """What people ordered, and which worker does which; messages only tell a worker to look here."""

    def __init__(
        self, database: Database, *, lease: timedelta = LEASE, send_again_after: timedelta = SEND_AGAIN_AFTER
    ) -> None:
        super().__init__(database)
        self._lease = lease
        self._send_again_after = send_again_after

    def submit(self, order: Order, *, act: Act) -> None:
        given = {name: getattr(order, name) for name in ("id", "kind", "asked_by", "request_id", "asked_at")}
        self._change(queries.add_order, act, orders=Json(dict(order.parameters)), **given)

    def get(self, order_id: OrderId) -> Order | None:
        return self._one(queries.get_order, _order_of, id=order_id)

    def latest(self, *, limit: int, kind: str | None = None) -> Sequence[Order]:
        return self._all(queries.latest_orders, _order_of, kind=kind, at_most=limit)

    def lines(self, order_id: OrderId, *, after: int = 0, limit: int = 500) -> Sequence[OrderLine]:
        """What the work said after a line."""
        return self._all(queries.order_lines, _line_of, id=order_id, after=after, at_most=limit)

    def cancel(self, order_id: OrderId, *, act: Act) -> None:
        """One that waits is over at once, one that runs is asked to stop."""
        over = Conflict("This job is over already.")
        self._change(queries.cancel_order, act, refused=over, id=order_id, at=act.happened_at)

    def retry(self, order_id: OrderId, *, act: Act) -> None:
        """One that ended without success waits again."""
        refused = Conflict("Only a job that ended without success can be tried again.")
        self._change(queries.retry_order, act, refused=refused, id=order_id)

    def to_dispatch(self, *, at: datetime) -> Sequence[OrderId]:
        """Take back what silent workers held; answer which orders to tell a worker of now."""

        def choose(connection: Connection) -> list[OrderId]:
            queries.take_back_lost_orders(connection, at=at, most_tries=MAX_TRIES)
            rows = queries.orders_to_dispatch(
                connection, at_most=MAX_SENT, at=at, tell_again_before=at - self._send_again_after
            )
            return [_id_of(row["id"]) for row in rows]

        return self._database.run(choose)

    def undo_dispatch(self, order_id: OrderId) -> None:
        self._ask(queries.undo_dispatch, id=order_id)

    def begin(self, order_id: OrderId, *, worker: str, at: datetime) -> Order | None:
        """Take an order; None when it does not wait, or not yet its turn."""

        def begin(connection: Connection) -> Row | None:
            queries.take_turns_at_training(connection)
            row: Row | None = queries.begin_order(
                connection, id=order_id, worker=worker, at=at, lease_until=at + self._lease
            )
            return row

        row = self._database.run(begin)
        return _order_of(row) if row else None

    def renew_lease(self, order_id: OrderId, *, worker: str, at: datetime) -> Standing:
        """The worker lives."""
        row = self._ask(queries.renew_lease, id=order_id, worker=worker, lease_until=at + self._lease)
        if row is None:
            return Standing.LOST
        return Standing.CANCEL if row["is_cancelled"] else Standing.OURS

    def report(
        self, order_id: OrderId, *, worker: str, at: datetime, progress: Mapping[str, Any], line: str = ""
    ) -> None:
        whose = {"id": order_id, "worker": worker}

        def report(connection: Connection) -> None:
            queries.report_progress(connection, **whose, progress=Json(dict(progress)))
            if line:
                queries.add_order_line(connection, **whose, at=at, line=line)

        self._database.run(report)

    def finish(
        self,
        order_id: OrderId,
        *,
        worker: str,
        at: datetime,
        state: OrderState,
        result: Mapping[str, Any],
        error: str = "",
        counts_as_attempt: bool = True,
    ) -> bool:
        """How it ended; False when the order is not this worker's any more."""
        done = self._ask(
            queries.finish_order,
            id=order_id,
            worker=worker,
            at=at,
            state=state.value,
            result=Json(dict(result)),
            error=error[:2000],
            counts_as_attempt=counts_as_attempt,
        )
        return done is not None


def _order_of(row: Row) -> Order:
    taken = {name: row[name] for name in FIELDS}
    return Order(id=_id_of(row["id"]), state=OrderState(row["state"]), parameters=row["orders"], **taken)


def _line_of(row: Row) -> OrderLine:
    return OrderLine(**row)


def _id_of(uuid: str) -> OrderId:
    return OrderId(UUID(uuid).hex)
