"""A request's body in one piece, from the connection itself into its place.

Through WSGI's `read`, gunicorn hands a body over a kilobyte at a time and copies what is left each time:
15 ms of CPU for a phone's 4 MB. Its reader for bodies of a known length asks the connection piece by piece,
gives up Python's lock with each, and may swallow the next request of the same connection. The system can
wait for exactly this body instead: one call, one copy.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import IO, TYPE_CHECKING

from flask import request
from gunicorn.http.body import LengthReader
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PIECE_BYTES = 512_000
MOST_DRAINED = 200  # pieces: who sends more does not want to hear our answer
NOWHERE = bytearray(PIECE_BYTES)  # what is drained lands here, from all threads at once; nobody reads it


def read_whole_body() -> bytes | bytearray:
    """The body, bounded by MAX_CONTENT_LENGTH; shorter than announced if the caller left."""
    length, most = request.content_length, request.max_content_length
    incoming = incoming_of(request.environ)
    if length is None or incoming is None:
        return request.get_data(cache=False)
    if most is not None and length > most:
        raise RequestEntityTooLarge
    return incoming.whole(length)


def drain_body(environ: WSGIEnvironment, stream: Callable[[], IO[bytes]]) -> None:
    """Read what nobody read, so that the caller hears the answer and gunicorn finds the next request."""
    if environ.get("CONTENT_LENGTH", "0") in ("", "0") and "HTTP_TRANSFER_ENCODING" not in environ:
        return
    incoming = incoming_of(environ)
    with suppress(HTTPException, OSError):
        take_piece = incoming.drop if incoming else partial(stream().read, PIECE_BYTES)
        for _ in range(MOST_DRAINED):
            if not take_piece():
                return


@dataclass(frozen=True, slots=True)
class Incoming:
    """What is still to come of a body of known length."""

    reader: LengthReader
    connection: socket.socket

    def whole(self, length: int) -> bytearray:
        """All of it; shorter than announced if the caller left."""
        body = bytearray(length)
        with memoryview(body) as room:
            arrived = self._fill(room)
        del body[arrived:]
        return body

    def drop(self) -> int:
        """Let go of a piece of it; answers how much that was."""
        left = self.reader.length
        return self._fill(memoryview(NOWHERE)[:left]) if left else 0

    def _fill(self, room: memoryview) -> int:
        filled = self._take_what_was_read_ahead(room)
        with suppress(ConnectionError):
            while filled < len(room):
                came = self.connection.recv_into(room[filled:], 0, socket.MSG_WAITALL)
                if not came:
                    break
                filled += came
        self.reader.length -= filled
        return filled

    def _take_what_was_read_ahead(self, room: memoryview) -> int:
        """With the head gunicorn has read some of the body, and perhaps of the next request."""
        ahead: bytes = self.reader.unreader.take_buffered()
        taken = min(len(ahead), len(room))
        room[:taken] = ahead[:taken]
        self.reader.unreader.unread(ahead[taken:])
        return taken


def incoming_of(environ: WSGIEnvironment) -> Incoming | None:
    """None where another server serves, the length is not known, or the connection is encrypted."""
    reader = getattr(environ["wsgi.input"], "reader", None)
    connection = environ.get("gunicorn.socket")
    if isinstance(reader, LengthReader) and type(connection) is socket.socket:
        return Incoming(reader, connection)
    return None
