"""The database: pooled connections, work in transactions, and its errors turned into ours here alone."""

from __future__ import annotations

import os
import socket
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import BoundedSemaphore, Event, Lock, Thread
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

import aiosql
import psycopg2
import structlog
from psycopg2 import errors
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extras import Json, RealDictCursor

from tyreloop.domain.errors import StoreBusy, StoreUnavailable, TyreloopError
from tyreloop.domain.staff import Act

queries: Any = aiosql.from_path(Path(__file__).parent, "psycopg2", mandatory_parameters=False)


LOOK_EVERY_SECONDS = 0.25


class Watchdog:
    """Bounds how long anybody waits for an answer on a connection."""

    def __init__(self, *, patience_seconds: float) -> None:
        self._patience_seconds = patience_seconds
        self._deadlines: dict[int, tuple[float, Connection]] = {}
        self._lock = Lock()
        self._closed = Event()
        self._thread: Thread | None = None

    @contextmanager
    def watching(self, connection: Connection) -> Iterator[None]:
        """Whoever works on the connection gets an error when the server stays silent for too long."""
        with self._lock:
            self._deadlines[id(connection)] = (monotonic() + self._patience_seconds, connection)
            self._start()
        try:
            yield
        finally:
            with self._lock:  # never while it is being cut: its descriptor could belong to another by then
                del self._deadlines[id(connection)]

    def close(self) -> None:
        """Stop looking."""
        self._closed.set()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._look, name="database-watchdog", daemon=True)
            self._thread.start()

    def _look(self) -> None:
        while not self._closed.wait(LOOK_EVERY_SECONDS):
            with self._lock:
                self._cut_overdue()

    def _cut_overdue(self) -> None:
        now = monotonic()
        for deadline, connection in self._deadlines.values():
            if deadline < now and not connection.closed:
                _cut(connection)


def _cut(connection: Connection) -> None:
    with socket.socket(fileno=os.dup(connection.fileno())) as twin:
        try:
            twin.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the other side was faster


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


log = structlog.get_logger(__name__)

Result = TypeVar("Result")
Made = TypeVar("Made")
Row = Mapping[str, Any]
Statement = Callable[..., Any]
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
    errors.UndefinedFunction,
    errors.InvalidSchemaName,
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


class Table:
    """A subject's way to run its named statements."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def _ask(self, statement: Statement, **given: Any) -> Any:
        """What one statement answers."""
        return self._database.ask(lambda connection: statement(connection, **given))

    def _one(self, statement: Statement, make: Callable[[Row], Made], **given: Any) -> Made | None:
        """The row of one statement as a value of the domain, if there is one.

        A text that cannot be an id names no row.
        """
        try:
            row = self._ask(statement, **given)
        except errors.InvalidTextRepresentation:
            return None
        return make(row) if row is not None else None

    def _all(self, statement: Statement, make: Callable[[Row], Made], **given: Any) -> list[Made]:
        """The rows of one statement as values of the domain."""
        rows = self._database.ask(lambda connection: list(statement(connection, **given)))
        return [make(row) for row in rows]

    def _change(
        self, statement: Statement, act: Act, *, refused: TyreloopError | None = None, **given: Any
    ) -> Any:
        """A deed together with its line of the audit log: both are kept, or neither."""

        def change(connection: Connection) -> Any:
            answer = statement(connection, **given)
            if answer is None and refused is not None:
                raise refused
            write_act(connection, act)
            return answer

        return self._database.run(change)


def write_act(connection: Connection, act: Act) -> None:
    """A line of the audit log within somebody's transaction."""
    queries.add_act(connection, **{**asdict(act), "details": Json(dict(act.details))})


def is_uuid(text: str) -> bool:
    """Whether a text can be the id of a row at all."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True
