"""Whose word for the caller's address, host and scheme counts: that of proxies that were named."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from waitress.proxy_headers import proxy_headers_middleware

from tyreloop.access.networks import Proxies

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADERS = {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"}


class BehindProxies:
    """The application, told where its callers are by proxies of the names and networks in `trusted`."""

    def __init__(self, application: WSGIApplication, trusted: str) -> None:
        self._told = proxy_headers_middleware(
            application, trusted_proxy="*", trusted_proxy_count=1, trusted_proxy_headers=HEADERS
        )
        self._untold = proxy_headers_middleware(application, clear_untrusted=True)
        self._proxies = Proxies(trusted)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        is_told = "HTTP_X_FORWARDED_FOR" in environ and environ["REMOTE_ADDR"] in self._proxies
        answer: Iterable[bytes] = (self._told if is_told else self._untold)(environ, start_response)
        return answer
