"""Makes the Flask application out of its services."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask

from inference_api import authorization, problems, request_log, routing
from inference_api.load_shedder import LoadShedder
from inference_api.routes import (
    alerts,
    batches,
    datasets,
    documents,
    feedback,
    health,
    model,
    orders,
    photos,
    reports,
    staff,
)
from inference_api.services import EXTENSION, Services

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

SUBJECTS = (
    photos.routes,
    batches.routes,
    feedback.routes,
    reports.routes,
    model.routes,
    datasets.routes,
    orders.routes,
    staff.routes,
    alerts.routes,
    health.routes,
    documents.routes,
)
PROBED = frozenset({"/healthz", "/readyz", "/metrics"})  # asked by address, for a probe knows no name
FORM_OVERHEAD_BYTES = 65_536  # boundaries, headers and small fields around a photo


def create_app(services: Services) -> Flask:
    """The service's routes over these services; starts nothing."""
    app = Flask(__name__, static_folder=None)
    app.extensions[EXTENSION] = services
    app.config["MAX_CONTENT_LENGTH"] = services.max_photo_bytes + FORM_OVERHEAD_BYTES
    app.config["TRUSTED_HOSTS"] = list(services.allowed_hosts)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    request_log.install(app, services.metrics)
    problems.install(app)
    authorization.install(app)
    routing.install(app, SUBJECTS)
    shedding = LoadShedder(app.wsgi_app, services)

    def whatever_name(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] in PROBED:
            environ["HTTP_HOST"] = services.allowed_hosts[0]
        return shedding(environ, start_response)

    app.wsgi_app = whatever_name  # type: ignore[method-assign]
    return app
