"""Whether a part of the stack is really ready: it answers, not only runs."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Mapping
from typing import Any

from tyreloop.local.databases import answers
from tyreloop.local.tcp_port import LOOPBACK

Probe = Callable[[], bool]


def http_status(port: int, path: str) -> int:
    """The status of one GET on this machine (no proxy is asked), or 0 when nobody answers."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def http_probe(port: int, path: str) -> Probe:
    """Ready when this page answers with 200."""
    return lambda: http_status(port, path) == http.client.OK


def postgres_probe(dsn: Mapping[str, Any]) -> Probe:
    """Ready when the server takes a connection."""
    return lambda: answers(dsn)


def started() -> bool:
    """For a program that nobody asks anything: it is ready when it runs."""
    return True
