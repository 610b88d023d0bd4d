"""A person's sign-in at the pages: a cookie that no script can read, set by a route beside the pages.

A page cannot set such a cookie itself, so it hands the browser a ticket that works once, for a minute, and
only together with the visitor's cookie it was made for.
"""

from __future__ import annotations

from http.cookies import SimpleCookie
from threading import Lock

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from streamlit_ui.visitor_cookie import VisitorSigner, is_encrypted
from tyreloop.access.tokens import LIFETIME, Purpose, TokenSigner
from tyreloop.domain.errors import NotSignedIn
from tyreloop.domain.photos import Visitor

NAME, PATH = "tyreloop_staff", "/staff-session"
MOST_TICKET_BYTES = 2_000


class StaffSessions:
    """Exchanges tickets for cookies."""

    def __init__(self, signer: TokenSigner, visitors: VisitorSigner) -> None:
        self._signer = signer
        self._visitors = visitors
        self._used: set[str] = set()
        self._lock = Lock()

    def ticket(self, name: str, visitor: Visitor) -> str:
        """What a page hands to the browser after the password was right."""
        return self._signer.sign(Purpose.TICKET, f"{name} {visitor}")

    def routes(self) -> list[Route]:
        """The two routes beside the pages."""
        return [
            Route(PATH, self._begin, methods=["POST"]),
            Route(PATH, self._end, methods=["DELETE"]),
        ]

    async def _begin(self, request: Request) -> Response:
        body = await request.body()
        try:
            name = self._name_on(body[:MOST_TICKET_BYTES].decode("ascii", "replace"), request)
        except NotSignedIn:
            return Response(status_code=401)
        seconds = int(LIFETIME[Purpose.SESSION].total_seconds())
        return _with_cookie(request, self._signer.sign(Purpose.SESSION, name), seconds)

    async def _end(self, request: Request) -> Response:
        return _with_cookie(request, "", 0)

    def _name_on(self, ticket: str, request: Request) -> str:
        said = self._signer.read(Purpose.TICKET, ticket)
        name, _, visitor = said.subject.partition(" ")
        if self._visitors.read(request.cookies) != visitor:
            raise NotSignedIn("The ticket was made for another browser.")
        with self._lock:
            if said.id in self._used:
                raise NotSignedIn("The ticket was used before.")
            self._used.add(said.id)  # a few dozen bytes for each sign-in of the process's life
        return name


def _with_cookie(request: Request, value: str, seconds: int) -> Response:
    cookie: SimpleCookie = SimpleCookie()
    cookie[NAME] = value
    parts = {"path": "/", "max-age": str(seconds), "httponly": "yes", "samesite": "Strict"}
    cookie[NAME].update(parts | ({"secure": "yes"} if is_encrypted(request.scope) else {}))
    return Response(status_code=204, headers={"set-cookie": cookie[NAME].OutputString()})
