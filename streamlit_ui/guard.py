"""Between strangers and Streamlit: who may speak to it, and how much; and what browsers are told."""

from __future__ import annotations

import asyncio
import re
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from urllib.parse import urlsplit

import structlog
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime import exists, get_instance

from tyreloop.access.networks import Networks, Proxies

log = structlog.get_logger(__name__)
# Of Streamlit's messages those that a page of ours sends; one of the others empties the caches of everybody.
NEEDED = {"rerun_script", "stop_script", "file_urls_request", "app_heartbeat", "backend_operation_request"}
MESSAGE_BYTES, MESSAGES, WITHIN_SECONDS = 1_000_000, 300, 10.0
TOO_BIG, TOO_MANY, REFUSED = 1009, 1008, 1008  # closing codes of RFC 6455
UPLOADS = "/_stcore/upload_file/"
UPLOADS_OF_ONE, UPLOADS_OF_ALL = 400_000_000, 1_500_000_000  # bytes that wait for their visitors, or arrive
BODY_BYTES = 65_536  # of all that is no upload
PATIENCE_SECONDS, BYTES_A_SECOND = 15.0, 3_000  # a body that comes more slowly does not come
# Each open page holds a line and a few files. A house behind one address has many people.
LINES_OF_ONE, LINES_OF_ALL, FILES = 256, 1_024, 8_192
METRICS, PROBED = "/_stcore/metrics", "/_stcore/health"
STRANGE_HOST = (
    "These pages do not know this address. Whoever runs them names it in ALLOWED_HOSTS or PAGES_URL.\n"
    "이 주소는 등록되어 있지 않습니다. 운영자가 ALLOWED_HOSTS 또는 PAGES_URL에 이 주소를 넣어야 합니다.\n"
)
HOST = re.compile(r"(\[[0-9a-f:]+\]|[\w.-]+)(:\d*)?", re.ASCII)
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

    def __init__(
        self, app: ASGIApp, *, pages: str, hosts: str, proxies: Proxies, metrics_from: Networks
    ) -> None:
        self._app = app
        self._pages = urlsplit(pages).netloc
        self._hosts = {_name_in(host) for host in (self._pages, *hosts.split(","))} - {None}
        self._proxies = proxies
        self._metrics_from = metrics_from
        self._lines: Counter[str] = Counter()
        self._arriving: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._speak(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope)
        if refusal is not None:
            log.warning("refused", status=refusal.status_code, path=scope["path"][-80:])
            await refusal(scope, receive, send)
            return
        with _counted(self._arriving, self._address(scope), _length_of(scope) or 0):
            await self._let_in(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        """The answer to whoever is not let in."""
        if not self._is_ours(scope) and scope["path"] != PROBED:  # a probe knows no name
            return Response(STRANGE_HOST, 400, media_type="text/plain; charset=utf-8")
        if {"content-length", "transfer-encoding"} <= {*Headers(scope=scope)}:
            return Response(status_code=400, headers={"connection": "close"})  # a proxy may believe the other
        if scope["path"] == METRICS and not self._is_inside(scope):
            return Response(status_code=403)
        if scope["method"] in FROM_ELSEWHERE:
            return None
        if not self._is_from_here(scope):
            return Response(status_code=403)
        is_upload = scope["method"] == "PUT" and UPLOADS in scope["path"]
        fits = self._has_room(scope) if is_upload else _is_short(scope)
        return None if fits else Response(status_code=413)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        arrived, until, is_coming = 0, monotonic() + PATIENCE_SECONDS, bool(_length_of(scope))

        async def hear() -> Message:
            nonlocal arrived, is_coming
            left = max(until + arrived / BYTES_A_SECOND - monotonic(), 0)
            try:
                message = await asyncio.wait_for(receive(), left if is_coming else None)
            except TimeoutError:
                return {"type": "http.disconnect"}
            arrived += len(message.get("body", b""))
            is_coming = bool(message.get("more_body"))
            return message

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in TOLD.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, hear, tell)

    async def _speak(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = self._address(scope)
        has_line = self._lines[address] < LINES_OF_ONE and self._lines.total() < LINES_OF_ALL
        if not (self._is_ours(scope) and self._is_from_here(scope) and has_line):
            log.warning("line_refused", address=address, lines=self._lines.total())
            await receive()
            await send({"type": "websocket.close", "code": REFUSED})
            return
        with _counted(self._lines, address, 1):
            await self._listen(scope, receive, send)

    async def _listen(self, scope: Scope, receive: Receive, send: Send) -> None:
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

    def _is_ours(self, scope: Scope) -> bool:
        """Whether the pages are asked under a name that they have; else another's name leads to them."""
        return _name_in(Headers(scope=scope).get("host", "")) in self._hosts

    def _is_inside(self, scope: Scope) -> bool:
        """Nobody inside asks by way of a proxy."""
        is_sent_on = "x-forwarded-for" in Headers(scope=scope)
        return not is_sent_on and self._address(scope) in self._metrics_from

    def _address(self, scope: Scope) -> str:
        """Where somebody is, as a proxy says that was named."""
        client = str((scope.get("client") or ("",))[0])
        told = Headers(scope=scope).get("x-forwarded-for", "").rpartition(",")[2].strip()
        return told if told and client in self._proxies else client

    def _has_room(self, scope: Scope) -> bool:
        """An upload says how long it is, and fits beside what waits already and what is on its way."""
        length = _length_of(scope)
        if length is None or not exists():
            return False
        session = scope["path"].split(UPLOADS)[1].partition("/")[0]
        storage = getattr(get_instance().uploaded_file_mgr, "file_storage", {})
        kept = {
            of: sum(len(file.data) for file in list(files.values())) for of, files in list(storage.items())
        }
        of_one = max(kept.get(session, 0), self._arriving[self._address(scope)]) + length
        of_all = sum(kept.values()) + self._arriving.total() + length
        return of_one <= UPLOADS_OF_ONE and of_all <= UPLOADS_OF_ALL

    def _is_from_here(self, scope: Scope) -> bool:
        """A browser names where its page came from, port included; a program without a page names nothing."""
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        try:
            return origin is None or urlsplit(origin).netloc in (headers.get("host"), self._pages)
        except ValueError:  # no browser says such a thing
            return False


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


def _length_of(scope: Scope) -> int | None:
    """What a body says of its length; 0 where there is none, None where it does not say."""
    headers = Headers(scope=scope)
    said = headers.get("content-length", "" if "transfer-encoding" in headers else "0")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else None


def _is_short(scope: Scope) -> bool:
    length = _length_of(scope)
    return length is not None and length <= BODY_BYTES


def _name_in(host: str) -> str | None:
    """`Tyres.example:8501` as `tyres.example`."""
    found = HOST.fullmatch(host.strip().lower())
    return found[1] if found else None


@contextmanager
def _counted(counter: Counter[str], of: str, by: int) -> Iterator[None]:
    """For as long as it lasts; who has nothing there is forgotten."""
    counter[of] += by
    try:
        yield
    finally:
        counter[of] -= by
        if not counter[of]:
            del counter[of]
