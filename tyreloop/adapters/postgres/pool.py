"""Connections that are kept open between uses, never more than a number of them.

psycopg2's own pool closes what is above its minimum at each return, and opens the minimum at once: with it,
either the start waits for the database, or every request connects anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extras import RealDictCursor

from tyreloop.domain.errors import StoreUnavailable


@dataclass(frozen=True, slots=True)
class Lent:
    """A connection, and whether it lay idle before: then its server may have gone meanwhile."""

    connection: Connection
    was_idle: bool


class Pool:
    """Lends connections; each statement on them stands for itself unless a transaction is begun."""

    def __init__(self, dsn: Mapping[str, Any], *, options: str, size: int, wait_seconds: float) -> None:
        self._dsn = dict(dsn)
        self._options = options
        self._wait_seconds = wait_seconds
        self._places = BoundedSemaphore(size)
        self._idle: deque[Connection] = deque()

    @contextmanager
    def lend(self) -> Iterator[Lent]:
        """A connection for the length of a block; one that broke is not lent again."""
        if not self._places.acquire(timeout=self._wait_seconds):
            raise StoreUnavailable("The database is busy. Try again in a moment.")
        try:
            lent = self._take()
            try:
                yield lent
            finally:
                self._take_back(lent.connection)
        finally:
            self._places.release()

    def forget_idle(self) -> None:
        """Close what nobody uses now."""
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> Lent:
        try:
            return Lent(self._idle.pop(), was_idle=True)
        except IndexError:
            return Lent(self._connect(), was_idle=False)

    def _take_back(self, connection: Connection) -> None:
        if not connection.closed:
            self._idle.append(connection)

    def _connect(self) -> Connection:
        connection: Connection = psycopg2.connect(
            **{"connect_timeout": 2, **self._dsn},
            keepalives_idle=5,
            keepalives_interval=2,
            keepalives_count=2,
            tcp_user_timeout=5000,
            application_name="tyreloop",
            options=self._options,
            cursor_factory=RealDictCursor,
        )
        connection.autocommit = True
        return connection
