"""The server in front of the application: waitress, with bounds on bodies, on slowness and on connections.

One thread reads and writes all connections, so that nobody holds another by being slow; a request reaches
the application when all of it is here. What waitress leaves open is closed here: a body is bounded by its
route, whoever sends or takes too slowly is hung up on, and health has a thread of its own.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from http import HTTPStatus
from time import monotonic, time
from typing import TYPE_CHECKING, Any, ClassVar

import structlog
from waitress.adjustments import Adjustments
from waitress.buffers import OverflowableBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.receiver import FixedStreamReceiver
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher
from waitress.utilities import BadRequest, RequestEntityTooLarge
from waitress.wasyncore import loop

from inference_api.callers import id_or_new
from inference_api.problems import CODE_OF_HTTP, HTTP_CODE, problem
from inference_api.proxies import BehindProxies
from inference_api.routing import MAX_JSON_BYTES
from tyreloop.access.open_files import allow_open_files

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from tyreloop.settings import Settings

log = structlog.get_logger(__name__)

BodyLimit = Callable[[str, str], int]

THREADS = 96  # waiting photos each hold one; admission bounds how many wait
HEALTH = ("/healthz", "/readyz")
CONNECTIONS = 4_096
CROWDED = 512  # connections: from here on, those that do nothing are hung up on soon
ACCEPTED_AT_ONCE = 256
IDLE_SECONDS, IDLE_IN_A_CROWD = 15.0, 2.0
HEAD_SECONDS, HEAD_IN_A_CROWD = 10.0, 3.0
HELD_UP_SECONDS = 1.5  # between two looks, which are a second apart
PACE_SECONDS, PACE_BYTES = 5.0, 16_384  # whoever moves less in a window is hung up on: 3 KB a second
GRACE_SECONDS = 15.0  # for those inside, when the process is asked to end
IN_MEMORY_BYTES = 128_000_000  # of all bodies together; what is more lies in unnamed files
ARRIVED_BYTES = 500_000_000  # of all bodies at once; beyond it, new ones are refused
DRAINED_BYTES = 100_000_000  # who announces more than that beyond the limit does not want to hear our answer


class Pace:
    """Whether somebody moves enough bytes in each window of time."""

    def __init__(self) -> None:
        self._until, self._moved = monotonic() + PACE_SECONDS, 0

    def is_too_slow(self, moved: int) -> bool:
        """Ask now and then; `moved` counts all bytes so far."""
        if monotonic() < self._until:
            return False
        too_slow = moved - self._moved < PACE_BYTES
        self._until, self._moved = monotonic() + PACE_SECONDS, moved
        return too_slow


class Nowhere(OverflowableBuffer):  # type: ignore[misc]
    """Takes what is to be dropped: its caller hears the answer, and the next request is found."""

    def append(self, s: bytes) -> None:
        """Keep nothing."""


class Incoming(HTTPRequestParser):  # type: ignore[misc]
    """A request as it arrives; a body that its route does not take is dropped before it is refused."""

    def __init__(self, adj: Bounds) -> None:
        super().__init__(adj)
        self.began, self.pace, self.limit = monotonic(), Pace(), 0

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        self.limit = self.adj.body_limit(self.command, self.path)
        if self.chunked and "CONTENT_LENGTH" in self.headers:  # a proxy may have believed the other one
            self.error, self.body_rcv = BadRequest("The request has two lengths."), None
        elif self.content_length > MAX_JSON_BYTES and self.adj.arrived_bytes > ARRIVED_BYTES:
            self.error, self.body_rcv = Full("Too many bodies arrive at once. Try again in a moment."), None
        elif self.content_length > self.limit + DRAINED_BYTES:
            self.error, self.body_rcv = RequestEntityTooLarge("The body is far too long."), None
        elif self.content_length > self.limit:
            self.body_rcv = FixedStreamReceiver(self.content_length, Nowhere(0))
        elif self.content_length:
            share = IN_MEMORY_BYTES // self.adj.connections()
            self.body_rcv = FixedStreamReceiver(self.content_length, OverflowableBuffer(share))

    def received(self, data: bytes) -> int:
        consumed: int = super().received(data)
        if self.chunked and self.body_bytes_received > self.limit and not self.completed:
            self.give_up(RequestEntityTooLarge("The body is too long."))
        return consumed

    def give_up(self, error: BadRequest) -> None:
        self.error, self.completed = error, True


class Full(BadRequest):  # type: ignore[misc]
    """There is no place for one more body now."""

    code = HTTPStatus.SERVICE_UNAVAILABLE.value
    reason = HTTPStatus.SERVICE_UNAVAILABLE.phrase


class Refusal(ErrorTask):  # type: ignore[misc]
    """What the server itself refuses, as a problem document like all others."""

    def execute(self) -> None:
        error = self.request.error
        request_id = id_or_new(self.request.headers.get("X_REQUEST_ID", ""))
        code = CODE_OF_HTTP.get(error.code, HTTP_CODE)
        body = json.dumps(problem(error.code, code, error.body, request_id)).encode()
        log.info("request_refused", status=error.code, reason=error.body, request_id=request_id)
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "application/problem+json"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection."""

    parser_class = Incoming
    error_task_class = Refusal
    request: Incoming | None
    sent_bytes = 0
    sending: Pace | None = None

    def send(self, data: bytes, do_close: bool = True) -> int:
        sent: int = super().send(data, do_close)
        self.sent_bytes += sent
        return sent

    def look_after(self, *, idle_seconds: float, head_seconds: float) -> None:
        """Hang up if nothing happens here, or too little."""
        if self.total_outbufs_len:
            self.sending = self.sending or Pace()
            if self.sending.is_too_slow(self.sent_bytes):
                self.handle_close()
            return
        self.sending = None
        if self.request is None:
            if not self.requests and self.last_activity < time() - idle_seconds:
                self.handle_close()
        elif not self.request.headers_finished:
            if monotonic() - self.request.began > head_seconds:
                self.handle_close()
        elif self.request.pace.is_too_slow(self.request.body_bytes_received):
            self._refuse_slow()

    def _refuse_slow(self) -> None:
        with self.requests_lock:
            if self.request is None:
                return
            self.request.give_up(BadRequest("The request did not arrive whole in time."))
            self.requests.append(self.request)
            self.request = None
            if len(self.requests) == 1:
                self.server.add_task(self)

    @property
    def body_bytes(self) -> int:
        """How much of its bodies has arrived, and is not answered yet."""
        return sum(one.body_bytes_received for one in (self.request, *self.requests) if one)

    @property
    def is_busy(self) -> bool:
        """Something is on its way in or out."""
        return bool(self.request or self.requests or self.total_outbufs_len)


class Bounds(Adjustments):  # type: ignore[misc]
    """Waitress's own settings, and what our requests ask for."""

    body_limit: BodyLimit
    connections: Callable[[], int]
    arrived_bytes = 0  # of all bodies that are here and not answered yet, at the last look


class Server(TcpWSGIServer):  # type: ignore[misc]
    """Waitress that ends in order, looks after its connections, and keeps a thread for health."""

    channel_class = Channel
    passed_over = False
    active_channels: ClassVar[dict[int, Channel]]

    def __init__(self, application: WSGIApplication, bounds: Bounds) -> None:
        self.health, self.stopping, self.looked_at = ThreadedTaskDispatcher(), False, time()
        self.health.set_thread_count(1)
        super().__init__(application, map={}, adj=bounds, sockinfo=bounds.listen[0])
        bounds.connections = lambda: max(len(self.active_channels), 1)

    def add_task(self, task: Channel) -> None:
        asks_health = getattr(task.requests[0], "path", "") in HEALTH
        (self.health if asks_health else self.task_dispatcher).add_task(task)

    def handle_accept(self) -> None:
        """All who stand at the door at once, not one with each look around: the next to ask may be health."""
        for _ in range(ACCEPTED_AT_ONCE):
            before = len(self.active_channels)
            super().handle_accept()
            if len(self.active_channels) == before:
                return

    def maintenance(self, now: float) -> None:
        channels, crowded = list(self.active_channels.values()), len(self.active_channels) > CROWDED
        self.adj.arrived_bytes = sum(channel.body_bytes for channel in channels)
        held_up, self.looked_at = now - self.looked_at > HELD_UP_SECONDS, now
        self.passed_over = held_up and not self.passed_over
        if self.passed_over:
            return  # what looks idle now has perhaps only not been read yet; at the next look it counts
        for channel in channels:
            channel.look_after(
                idle_seconds=IDLE_IN_A_CROWD if crowded else IDLE_SECONDS,
                head_seconds=HEAD_IN_A_CROWD if crowded else HEAD_SECONDS,
            )

    def ask_to_stop(self, *_: Any) -> None:
        """From a signal: take nobody more; those inside are answered."""
        self.stopping = True
        self.pull_trigger()

    def serve(self) -> None:
        """Until somebody asks to stop, and then until the last one inside is answered."""
        while not self.stopping:
            loop(timeout=1, use_poll=True, map=self._map, count=1)
        self.accepting = False
        self.del_channel()
        self.socket.close()
        until = monotonic() + GRACE_SECONDS
        while monotonic() < until and any(one.is_busy for one in list(self.active_channels.values())):
            loop(timeout=0.1, use_poll=True, map=self._map, count=1)
            self.maintenance(time())


def serve(application: WSGIApplication, settings: Settings, body_limit: BodyLimit) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    behind = BehindProxies(application, settings.proxy_trusted)
    server = Server(behind, bounds_of(settings, body_limit))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.ask_to_stop)
    server.serve()


def bounds_of(settings: Settings, body_limit: BodyLimit) -> Bounds:
    bounds = Bounds(
        host=settings.flask_host,
        port=settings.flask_port,
        threads=THREADS,
        recv_bytes=262_144,
        backlog=1_024,
        connection_limit=_connections(),
        cleanup_interval=1,
        max_request_header_size=16_384,
        max_request_body_size=1 << 40,  # each route has its own
        log_socket_errors=False,
        ident="tyreloop",
        clear_untrusted_proxy_headers=False,  # BehindProxies does
    )
    bounds.body_limit = body_limit
    return bounds


def _connections() -> int:
    """As many as the system lets us hold open; files and the database need some beside them."""
    return max(min(CONNECTIONS, allow_open_files(2 * CONNECTIONS) - 256), 64)
