"""Makes the Flask application out of its services."""

from __future__ import annotations

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
    app.wsgi_app = LoadShedder(app.wsgi_app, services)  # type: ignore[method-assign]
    return app
