"""Long pieces of work in Postgres: the rows decide who does what, whatever messages say."""

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
from tyreloop.store.db import Database, is_uuid, queries, write_act

SEND_AGAIN_AFTER = timedelta(seconds=60)
MAX_SENT = 16
FIELDS = {field.name for field in fields(Order)} - {"id", "state", "parameters"}


class PostgresOrders:
    """The Orders port."""

    def __init__(
        self, database: Database, *, lease: timedelta = LEASE, send_again_after: timedelta = SEND_AGAIN_AFTER
    ) -> None:
        self._database = database
        self._lease = lease
        self._send_again_after = send_again_after

    def submit(self, order: Order, *, act: Act) -> None:
        row = {
            "id": order.id,
            "kind": order.kind,
            "orders": Json(dict(order.parameters)),
            "asked_by": order.asked_by,
            "request_id": order.request_id,
            "asked_at": order.asked_at,
        }

        def submit(connection: Connection) -> None:
            queries.add_order(connection, **row)
            write_act(connection, act)

        self._database.run(submit)

    def get(self, order_id: OrderId) -> Order | None:
        if not is_uuid(order_id):
            return None
        row = self._database.ask(lambda connection: queries.get_order(connection, id=order_id))
        return _order_of(row) if row else None

    def latest(self, *, limit: int, kind: str | None = None) -> Sequence[Order]:
        rows = self._database.ask(
            lambda connection: list(queries.latest_orders(connection, kind=kind, at_most=limit))
        )
        return [_order_of(row) for row in rows]

    def lines(self, order_id: OrderId, *, after: int = 0, limit: int = 500) -> Sequence[OrderLine]:
        rows = self._database.ask(
            lambda connection: list(queries.order_lines(connection, id=order_id, after=after, at_most=limit))
        )
        return [OrderLine(**row) for row in rows]

    def cancel(self, order_id: OrderId, *, act: Act) -> None:
        def cancel(connection: Connection) -> None:
            if queries.cancel_order(connection, id=order_id, at=act.happened_at) is None:
                raise Conflict("This job is over already.")
            write_act(connection, act)

        self._database.run(cancel)

    def retry(self, order_id: OrderId, *, act: Act) -> None:
        def retry(connection: Connection) -> None:
            if queries.retry_order(connection, id=order_id) is None:
                raise Conflict("Only a job that ended without success can be tried again.")
            write_act(connection, act)

        self._database.run(retry)

    def to_dispatch(self, *, at: datetime) -> Sequence[OrderId]:
        when = {"at": at, "tell_again_before": at - self._send_again_after}

        def choose(connection: Connection) -> list[dict[str, Any]]:
            queries.take_back_lost_orders(connection, at=at, most_tries=MAX_TRIES)
            return list(queries.orders_to_dispatch(connection, at_most=MAX_SENT, **when))

        return [_id_of(row["id"]) for row in self._database.run(choose)]

    def undo_dispatch(self, order_id: OrderId) -> None:
        self._database.ask(lambda connection: queries.undo_dispatch(connection, id=order_id))

    def begin(self, order_id: OrderId, *, worker: str, at: datetime) -> Order | None:
        def begin(connection: Connection) -> Mapping[str, Any] | None:
            queries.take_turns_at_training(connection)
            row: Mapping[str, Any] | None = queries.begin_order(
                connection, id=order_id, worker=worker, at=at, lease_until=at + self._lease
            )
            return row

        row = self._database.run(begin)
        return _order_of(row) if row else None

    def renew_lease(self, order_id: OrderId, *, worker: str, at: datetime) -> Standing:
        row = self._database.ask(
            lambda connection: queries.renew_lease(
                connection, id=order_id, worker=worker, lease_until=at + self._lease
            )
        )
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
        row = {
            "counts_as_attempt": counts_as_attempt,
            "id": order_id,
            "worker": worker,
            "at": at,
            "state": state.value,
            "error": error[:2000],
        }
        done = self._database.ask(
            lambda connection: queries.finish_order(connection, result=Json(dict(result)), **row)
        )
        return done is not None


def _order_of(row: Mapping[str, Any]) -> Order:
    taken = {name: row[name] for name in FIELDS}
    return Order(id=_id_of(row["id"]), state=OrderState(row["state"]), parameters=row["orders"], **taken)


def _id_of(uuid: str) -> OrderId:
    return OrderId(UUID(uuid).hex)
