"""Makes the Flask application out of its services."""

from __future__ import annotations

from flask import Flask

from inference_api import doorkeeper, problems, requests_seen
from inference_api.overrun import RefusesEarly
from inference_api.routes import (
    alerts,
    batches,
    datasets,
    documents,
    feedback,
    health,
    jobs,
    model,
    predictions,
    receipts,
    tokens,
)
from inference_api.services import Services

EXTENSION = "tyreloop"
BLUEPRINTS = (
    predictions.routes,
    batches.routes,
    feedback.routes,
    receipts.routes,
    model.routes,
    health.routes,
    documents.routes,
    documents.swagger_ui,
    tokens.routes,
    datasets.routes,
    jobs.routes,
    alerts.routes,
)
FORM_OVERHEAD_BYTES = 65_536  # boundaries, headers and small fields around a photo


def create_app(services: Services) -> Flask:
    """The service's routes over these services; starts nothing."""
    app = Flask(__name__, static_folder=None)
    app.extensions[EXTENSION] = services
    app.config["MAX_CONTENT_LENGTH"] = services.max_photo_bytes + FORM_OVERHEAD_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]
    requests_seen.install(app, services.metrics)
    problems.install(app)
    doorkeeper.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.wsgi_app = RefusesEarly(app.wsgi_app, services)  # type: ignore[method-assign]
    return app
