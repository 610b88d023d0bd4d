"""Says no before Flask is asked.

When far more photos come than can be judged, most of the answers are refusals; one that goes through Flask
costs half a millisecond of processor, which those inside would need.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import structlog
from flask import Response
from werkzeug.wsgi import get_input_stream

from inference_api.admission import BUSY
from inference_api.callers import REQUEST_ID_HEADER, id_or_new
from inference_api.problems import PROBLEM, RETRY_AFTER_SECONDS, document
from inference_api.whole_body import drain_body
from tyreloop.domain.errors import ServiceBusy

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from inference_api.services import Services

log = structlog.get_logger(__name__)

PATHS_OF_PHOTOS = ("/predict", "/v1/predictions")


class RefusesEarly:
    """The application, asked only for photos that have a chance to be answered in time."""

    def __init__(self, application: WSGIApplication, services: Services) -> None:
        self._application = application
        self._services = services

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        brings_photo = environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] in PATHS_OF_PHOTOS
        if brings_photo and not self._services.admission.has_room:
            return self._refuse(environ)(environ, start_response)
        return self._application(environ, start_response)

    def _refuse(self, environ: WSGIEnvironment) -> Response:
        with self._services.slow_bodies.watched(environ):
            drain_body(environ, lambda: get_input_stream(environ))
        path, request_id = environ["PATH_INFO"], id_or_new(environ.get("HTTP_X_REQUEST_ID", ""))
        self._services.metrics.requests.labels(path, "POST", "503").inc()
        log.info("request", method="POST", route=path, status=503, request_id=request_id)
        headers = {
            "Retry-After": str(RETRY_AFTER_SECONDS),
            REQUEST_ID_HEADER: request_id,
            "X-Content-Type-Options": "nosniff",
        }
        return Response(
            json.dumps(document(ServiceBusy(BUSY), request_id)), 503, headers, content_type=PROBLEM
        )
