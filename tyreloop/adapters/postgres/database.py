"""A bounded pool of connections, and one place where the database's errors become ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any, TypeVar

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extras import RealDictCursor
from psycopg2.pool import ThreadedConnectionPool

from tyreloop.domain.errors import StoreUnavailable

Result = TypeVar("Result")

# What a server or a network does when it goes away or is full; anything else is a mistake of ours.
AWAY = (psycopg2.OperationalError, psycopg2.InterfaceError)


class Database:
    """Runs pieces of work, each in one transaction, on pooled connections."""

    def __init__(
        self,
        dsn: Mapping[str, Any],
        *,
        connections: int = 8,
        wait_seconds: float = 2.0,
        statement_seconds: float = 5.0,
    ) -> None:
        self._dsn = dict(dsn)
        self._timeout_ms = int(statement_seconds * 1000)
        self._wait_seconds = wait_seconds
        self._connections = connections
        self._places = BoundedSemaphore(connections)
        self._pool: ThreadedConnectionPool | None = None

    def run(self, work: Callable[[Connection], Result]) -> Result:
        """Do a piece of work in one transaction; it may run twice if the connection was found dead."""
        try:
            return self._run_once(work)
        except AWAY:
            self._forget_idle_connections()
        try:
            return self._run_once(work)
        except AWAY as error:
            raise StoreUnavailable("The database does not answer now. Try again in a moment.") from error

    def close(self) -> None:
        """Close every connection."""
        self._forget_idle_connections()

    def _run_once(self, work: Callable[[Connection], Result]) -> Result:
        with self._connection() as connection, connection:
            return work(connection)

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        if not self._places.acquire(timeout=self._wait_seconds):
            raise StoreUnavailable("The database is busy. Try again in a moment.")
        try:
            pool = self._open_pool()
            connection = pool.getconn()
            try:
                yield connection
            finally:
                pool.putconn(connection, close=bool(connection.closed))
        finally:
            self._places.release()

    def _open_pool(self) -> ThreadedConnectionPool:
        if self._pool is None or self._pool.closed:
            self._pool = ThreadedConnectionPool(
                0,
                self._connections,
                **self._dsn,
                connect_timeout=2,
                keepalives_idle=5,
                keepalives_interval=2,
                keepalives_count=2,
                tcp_user_timeout=5000,
                application_name="tyreloop",
                options=f"-c statement_timeout={self._timeout_ms} -c lock_timeout={self._timeout_ms}",
                cursor_factory=RealDictCursor,
            )
        return self._pool

    def _forget_idle_connections(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None and not pool.closed:
            pool.closeall()
