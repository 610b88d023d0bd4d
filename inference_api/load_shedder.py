"""Says no before Flask is asked.

When far more photos come than can be judged, most of the answers are refusals; one that goes through Flask
costs half a millisecond of processor, which those inside would need.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from time import perf_counter
from typing import TYPE_CHECKING

from flask import Response

from inference_api.admission import BUSY
from inference_api.callers import id_or_new
from inference_api.problems import as_problem, problem_of
from inference_api.request_log import Seen, log_under, mark
from tyreloop.domain.errors import ServiceBusy

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from inference_api.services import Services

PATHS_OF_PHOTOS = ("/predict", "/v1/predictions")


class LoadShedder:
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
        began, request_id = perf_counter(), id_or_new(environ.get("HTTP_X_REQUEST_ID", ""))
        log_under(request_id)
        refusal = as_problem(Response(json.dumps(problem_of(ServiceBusy(BUSY), request_id)), 503))
        mark(refusal, request_id)
        seen = Seen("POST", environ["PATH_INFO"], refusal.status_code, perf_counter() - began)
        seen.count(self._services.metrics)
        seen.log()
        return refusal
