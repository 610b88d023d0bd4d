"""Who looks: a signed cookie that a script in the browser cannot read, and nobody can make up."""

from __future__ import annotations

from collections.abc import Mapping
from http.cookies import SimpleCookie

from itsdangerous import BadSignature, URLSafeSerializer
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tyreloop.domain.photos import Visitor, new_visitor
from tyreloop.settings import settings

NAME = "tyreloop_visitor"
KEPT_SECONDS = 365 * 24 * 3600


class VisitorSigner:
    """Turns a visitor into a cookie's value and back."""

    def __init__(self, secret: str) -> None:
        self._serializer = URLSafeSerializer(secret, salt=NAME)

    def sign(self, visitor: Visitor) -> str:
        return self._serializer.dumps(visitor)

    def read(self, cookies: Mapping[str, str]) -> Visitor | None:
        """The visitor that the cookies prove; None where they prove nobody."""
        try:
            return Visitor(str(self._serializer.loads(cookies.get(NAME, ""))))
        except BadSignature:
            return None


class VisitorCookie:
    """ASGI middleware: whoever asks for a page without a valid cookie gets one with it."""

    def __init__(self, app: ASGIApp, *, signer: VisitorSigner) -> None:
        self._app = app
        self._signer = signer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _asks_for_page(scope) or self._signer.read(HTTPConnection(scope).cookies):
            await self._app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", self._new_cookie(scope))
            await send(message)

        await self._app(scope, receive, send_with_cookie)

    def _new_cookie(self, scope: Scope) -> str:
        cookie: SimpleCookie = SimpleCookie()
        cookie[NAME] = self._signer.sign(new_visitor())
        parts = {"path": "/", "max-age": str(KEPT_SECONDS), "httponly": "yes", "samesite": "Lax"}
        cookie[NAME].update(parts | ({"secure": "yes"} if is_encrypted(scope) else {}))
        return cookie[NAME].OutputString()


def _asks_for_page(scope: Scope) -> bool:
    return bool(scope["type"] == "http" and "text/html" in HTTPConnection(scope).headers.get("accept", ""))


def is_encrypted(scope: Scope) -> bool:
    """Whether the visitor's side of the line is HTTPS: ours, a proxy's, or so the pages' address says."""
    if settings().pages_url.startswith("https://"):
        return True
    forwarded = HTTPConnection(scope).headers.get("x-forwarded-proto", "")
    return bool(scope.get("scheme") == "https" or forwarded.split(",")[0].strip() == "https")
