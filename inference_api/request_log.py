"""What happens around every request: its id, its log line, its metrics."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import structlog
from flask import Flask, Response, g, request

from inference_api.callers import REQUEST_ID, VISITOR, request_id, visitor
from inference_api.metrics import Metrics
from inference_api.services import services

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # What our two pages need and no more: their own files, photos that they draw, Swagger's own pictures.
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
}
log = structlog.get_logger(__name__)

METHODS = {
    "GET",
    "HEAD",
    "OPTIONS",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
}  # a stranger may call others by any name
QUIET = {"/healthz", "/readyz", "/metrics"}  # asked every few seconds by machines


def install(app: Flask, metrics: Metrics) -> None:
    """Watch every request of the application."""

    def begin() -> None:
        g.began = perf_counter()
        log_under(request_id())

    def end(response: Response) -> Response:
        mark(response, request_id())
        if request.path not in QUIET:
            response.headers[VISITOR.name] = services().door.gate.signer.visitors.prove(visitor())
        route = str(request.url_rule) if request.url_rule else "none"
        method = request.method if request.method in METHODS else "other"
        seen = Seen(method, route, response.status_code, perf_counter() - g.began)
        seen.count(metrics)
        if request.path not in QUIET:
            seen.log()
        return response

    app.before_request(begin)
    app.after_request(end)


def log_under(request_id: str) -> None:
    """Whatever this thread logs from now on carries the request's id."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)


def mark(response: Response, request_id: str) -> None:
    """What the headers of every answer say."""
    response.headers[REQUEST_ID.name] = request_id
    response.headers.update(SECURITY_HEADERS)


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that was answered."""

    method: str
    route: str
    status: int
    seconds: float

    def count(self, metrics: Metrics) -> None:
        metrics.requests.labels(self.route, self.method, str(self.status)).inc()
        metrics.seconds.labels(self.route).observe(self.seconds)

    def log(self) -> None:
        ms = round(self.seconds * 1e3, 1)
        log.info("request", method=self.method, route=self.route, status=self.status, ms=ms)
