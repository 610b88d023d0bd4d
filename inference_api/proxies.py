"""Whose word for the caller's address, host and scheme counts: that of proxies that were named."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

from waitress.proxy_headers import proxy_headers_middleware

from tyreloop.access.networks import networks_in
from tyreloop.domain.errors import NotConfigured

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADERS = {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"}
NAME_HOLDS_SECONDS = 10.0  # a proxy that is made anew has another address


class BehindProxies:
    """The application, told where its callers are by proxies of the names and networks in `trusted`."""

    def __init__(self, application: WSGIApplication, trusted: str) -> None:
        self._told = proxy_headers_middleware(
            application, trusted_proxy="*", trusted_proxy_count=1, trusted_proxy_headers=HEADERS
        )
        self._untold = proxy_headers_middleware(application, clear_untrusted=True)
        given = [one.strip() for one in trusted.split(",") if one.strip()]
        self._names = [one for one in given if not _is_network(one)]
        self._networks = networks_in(",".join(one for one in given if _is_network(one)))
        self._addresses: frozenset[str] = frozenset()
        self._until = 0.0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        is_told = "HTTP_X_FORWARDED_FOR" in environ and self._is_proxy(environ["REMOTE_ADDR"])
        answer: Iterable[bytes] = (self._told if is_told else self._untold)(environ, start_response)
        return answer

    def _is_proxy(self, address: str) -> bool:
        if address in self._networks:
            return True
        if self._names and monotonic() > self._until:
            self._addresses = frozenset(found for name in self._names for found in _addresses_of(name))
            self._until = monotonic() + NAME_HOLDS_SECONDS
        return address in self._addresses


def _is_network(text: str) -> bool:
    try:
        return bool(networks_in(text))
    except NotConfigured:
        return False


def _addresses_of(name: str) -> Iterable[str]:
    with suppress(OSError):  # not there now: then nobody speaks in its name
        yield from (str(found[4][0]) for found in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM))
