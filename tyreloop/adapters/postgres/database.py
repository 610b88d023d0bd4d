"""Runs work in the database, and turns the database's errors into ours in this one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import psycopg2
import structlog
from psycopg2 import errors
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.adapters.postgres.pool import Lent, Pool
from tyreloop.adapters.postgres.watchdog import Watchdog
from tyreloop.domain.errors import StoreBusy, StoreUnavailable

log = structlog.get_logger(__name__)

Result = TypeVar("Result")
Work = Callable[[Connection], Result]

# What a server or a network does when it goes away, is full, or is not (yet) the one we need;
# anything else is a mistake of ours.
AWAY = (
    psycopg2.OperationalError,
    psycopg2.InterfaceError,
    errors.ReadOnlySqlTransaction,
    errors.InsufficientPrivilege,
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.InternalError_,
)

BUSY = (errors.LockNotAvailable, errors.QueryCanceled, errors.DeadlockDetected)


class Database:
    """Runs pieces of work on pooled connections; nobody waits for them without end.

    With a role, each connection steps down to it: the owner's rights stay at the door.
    """

    def __init__(
        self,
        dsn: Mapping[str, Any],
        *,
        role: str = "",
        connections: int = 8,
        wait_seconds: float = 2.0,
        statement_seconds: float = 2.5,
    ) -> None:
        limit_ms = int(statement_seconds * 1000)
        options = f"-c statement_timeout={limit_ms} -c lock_timeout={limit_ms}"
        options += f" -c role={role}" if role else ""
        self._pool = Pool(dsn, options=options, size=connections, wait_seconds=wait_seconds)
        self._watchdog = Watchdog(patience_seconds=statement_seconds + 0.5)

    def run(self, work: Work[Result]) -> Result:
        """Do a piece of work in one transaction; it begins again when its connection was found dead."""

        def in_one_transaction(connection: Connection) -> Result:
            with connection:
                return work(connection)

        return self.ask(in_one_transaction)

    def ask(self, work: Work[Result]) -> Result:
        """Do a piece of work whose statements each stand for themselves: one round trip for one statement."""
        try:
            with self._pool.lend() as lent:
                try:
                    return self._watched(work, lent)
                except AWAY:
                    if not (lent.was_idle and lent.connection.closed):
                        raise
            self._pool.forget_idle()  # the others are as old, and as dead
            with self._pool.lend() as lent:
                return self._watched(work, lent)
        except BUSY as error:
            _log(error)
            raise StoreBusy("The database is busy with this. Try again in a moment.") from error
        except AWAY as error:
            _log(error)
            raise StoreUnavailable("The database does not answer now. Try again in a moment.") from error

    def close(self) -> None:
        """Close every connection."""
        self._pool.forget_idle()
        self._watchdog.close()

    def _watched(self, work: Work[Result], lent: Lent) -> Result:
        with self._watchdog.watching(lent.connection):
            return work(lent.connection)


def _log(error: psycopg2.Error) -> None:
    """The kind of trouble, never the database's own words: they can hold what people wrote."""
    log.warning("database_unavailable", error=type(error).__name__, sqlstate=error.pgcode)
