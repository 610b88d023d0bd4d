"""What happens around every request: its id, its log line, its metrics."""

from __future__ import annotations

from time import perf_counter

import structlog
from flask import Flask, Response, g, request

from inference_api.callers import REQUEST_ID_HEADER, VISITOR_HEADER, request_id, visitor
from inference_api.context import services
from inference_api.metrics import Metrics
from inference_api.whole_body import drain_body

log = structlog.get_logger(__name__)

QUIET = {"/healthz", "/readyz", "/metrics"}  # asked every few seconds by machines


def install(app: Flask, metrics: Metrics) -> None:
    """Watch every request of the application."""

    def begin() -> None:
        g.began = perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id())

    def end(response: Response) -> Response:
        with services().slow_bodies.watched(request.environ):
            drain_body(request.environ, lambda: request.stream)
        response.headers[REQUEST_ID_HEADER] = request_id()
        if request.path not in QUIET:
            response.headers[VISITOR_HEADER] = visitor()
        response.headers["X-Content-Type-Options"] = "nosniff"
        _count(metrics, response)
        return response

    app.before_request(begin)
    app.after_request(end)


def _count(metrics: Metrics, response: Response) -> None:
    route = str(request.url_rule) if request.url_rule else "none"
    seconds = perf_counter() - g.began
    metrics.requests.labels(route, request.method, str(response.status_code)).inc()
    metrics.seconds.labels(route).observe(seconds)
    if request.path not in QUIET:
        log.info(
            "request",
            method=request.method,
            route=route,
            status=response.status_code,
            ms=round(seconds * 1e3, 1),
        )
