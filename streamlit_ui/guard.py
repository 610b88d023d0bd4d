"""Between strangers and Streamlit: who may speak to it, and how much; and what browsers are told."""

from __future__ import annotations

from collections import deque
from time import monotonic
from urllib.parse import urlsplit

import structlog
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime import exists, get_instance

log = structlog.get_logger(__name__)
# Of Streamlit's messages those that a page of ours sends; one of the others empties the caches of everybody.
NEEDED = {"rerun_script", "stop_script", "file_urls_request", "app_heartbeat", "backend_operation_request"}
MESSAGE_BYTES, MESSAGES, WITHIN_SECONDS = 1_000_000, 300, 10.0
TOO_BIG, TOO_MANY, REFUSED = 1009, 1008, 1008  # closing codes of RFC 6455
UPLOADS = "/_stcore/upload_file/"
UPLOADS_OF_ONE, UPLOADS_OF_ALL = 400_000_000, 1_500_000_000  # bytes that wait in memory for their visitors
FROM_ELSEWHERE = frozenset({"GET", "HEAD", "OPTIONS"})  # these change nothing

CSP = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' blob:",  # Streamlit's components are modules from blobs
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' ws: wss: data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "frame-ancestors 'self'",
    )
)
TOLD = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "SAMEORIGIN",
}


class Guard:
    """ASGI middleware around all that the pages' server answers."""

    def __init__(self, app: ASGIApp, *, pages: str) -> None:
        self._app = app
        self._pages = urlsplit(pages).netloc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._speak(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        changes = scope["method"] not in FROM_ELSEWHERE
        if changes and not self._is_from_here(scope):
            await Response(status_code=403)(scope, receive, send)
            return
        if scope["method"] == "PUT" and UPLOADS in scope["path"] and not _has_room(scope):
            log.warning("upload_refused", path=scope["path"][-80:])
            await Response(status_code=413)(scope, receive, send)
            return

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in TOLD.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, tell)

    async def _speak(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._is_from_here(scope):
            await receive()
            await send({"type": "websocket.close", "code": REFUSED})
            return
        lately: deque[float] = deque(maxlen=MESSAGES)

        async def listen() -> Message:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive":
                    return message
                closing = _why_close(message, lately)
                if closing:
                    log.warning("websocket_closed", code=closing)
                    await send({"type": "websocket.close", "code": closing})
                    return {"type": "websocket.disconnect", "code": closing}
                if _is_needed(message.get("bytes")):
                    return message

        await self._app(scope, listen, send)

    def _is_from_here(self, scope: Scope) -> bool:
        """A browser names where its page came from, port included; a program without a page names nothing."""
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        return origin is None or urlsplit(origin).netloc in (headers.get("host"), self._pages)


def _why_close(message: Message, lately: deque[float]) -> int:
    """The code to close with; 0 to go on."""
    if len(message.get("bytes") or message.get("text") or b"") > MESSAGE_BYTES:
        return TOO_BIG
    now = monotonic()
    is_flood = len(lately) == MESSAGES and now - lately[0] < WITHIN_SECONDS
    lately.append(now)
    return TOO_MANY if is_flood else 0


def _is_needed(data: bytes | None) -> bool:
    try:
        return data is not None and BackMsg.FromString(data).WhichOneof("type") in NEEDED
    except DecodeError:
        return False


def _has_room(scope: Scope) -> bool:
    """An upload says how long it is, and fits beside what waits already."""
    length = Headers(scope=scope).get("content-length", "")
    if not length.isdigit() or not exists():
        return False
    session = scope["path"].split(UPLOADS)[1].partition("/")[0]
    storage = getattr(get_instance().uploaded_file_mgr, "file_storage", {})
    kept = {of: sum(len(file.data) for file in list(files.values())) for of, files in list(storage.items())}
    own, of_all = kept.get(session, 0) + int(length), sum(kept.values()) + int(length)
    return own <= UPLOADS_OF_ONE and of_all <= UPLOADS_OF_ALL
