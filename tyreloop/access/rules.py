"""The one table of who may open what, routes and pages alike; what is not in it is refused."""

from __future__ import annotations

from collections.abc import Mapping

from tyreloop.domain.staff import Right

ROUTES: dict[str, Right] = {
    # Anybody, always.
    "GET /healthz": Right.OPEN,
    "GET /readyz": Right.OPEN,
    "GET /metrics": Right.OPEN,
    "GET /openapi.json": Right.OPEN,
    "GET /": Right.OPEN,
    "GET /docs/": Right.OPEN,
    "GET /docs/<path:path>": Right.OPEN,
    "GET /v1/model": Right.OPEN,
    "POST /v1/model/refresh": Right.OPEN,
    "POST /v1/alerts": Right.OPEN,  # proves itself by Grafana's own token
    "POST /v1/tokens": Right.OPEN,
    "GET /v1/photos/<link>": Right.OPEN,  # the link is the proof, and expires
    # The staff, and keys with the right.
    "GET /v1/datasets": Right.CURATE,
    "POST /v1/datasets": Right.CURATE,
    "GET /v1/datasets/<name>/images": Right.CURATE,
    "GET /v1/datasets/<name>/export": Right.CURATE,
    "POST /v1/datasets/<name>/import": Right.CURATE,
    "GET /v1/datasets/<old>/difference/<new>": Right.CURATE,
    "DELETE /v1/images/<photo_id>": Right.CURATE,
    "PUT /v1/images/<photo_id>": Right.CURATE,
    "GET /v1/jobs": Right.TRAIN,
    "POST /v1/jobs": Right.TRAIN,
    "GET /v1/jobs/<job_id>": Right.TRAIN,
    "GET /v1/jobs/<job_id>/lines": Right.TRAIN,
    "POST /v1/jobs/<job_id>/cancel": Right.TRAIN,
    "POST /v1/jobs/<job_id>/retry": Right.TRAIN,
    # Visitors, each about what is theirs.
    "POST /predict": Right.INSPECT,
    "POST /v1/predictions": Right.INSPECT,
    "POST /v1/predictions:batch": Right.INSPECT,
    "GET /v1/predictions": Right.INSPECT,
    "GET /v1/predictions/<prediction_id>": Right.INSPECT,
    "DELETE /v1/predictions/<prediction_id>": Right.INSPECT,
    "GET /v1/predictions/<prediction_id>/heatmap": Right.INSPECT,
    "GET /v1/predictions/<prediction_id>/heatmap.png": Right.INSPECT,
    "GET /v1/predictions/<prediction_id>/receipt": Right.INSPECT,
    "PUT /v1/predictions/<prediction_id>/vote": Right.INSPECT,
    "DELETE /v1/predictions/<prediction_id>/vote": Right.INSPECT,
    "PUT /v1/predictions/<prediction_id>/correction": Right.INSPECT,
    "DELETE /v1/predictions/<prediction_id>/correction": Right.INSPECT,
}

PAGES: Mapping[str, Right] = {
    "inspect": Right.INSPECT,
    "history": Right.INSPECT,
    "many": Right.INSPECT,
    "receipt": Right.INSPECT,
    "insights": Right.INSPECT,
    "about": Right.OPEN,
    "privacy": Right.OPEN,
    "sign_in": Right.OPEN,
    "review": Right.REVIEW,
    "datasets": Right.CURATE,
    "learn": Right.TRAIN,
    "release": Right.RELEASE,
}


def rule_of_route(method: str, path: str) -> Right | None:
    """The right that a route asks for; HEAD and OPTIONS follow GET."""
    looked = "GET" if method == "HEAD" else method
    return ROUTES.get(f"{looked} {path}")


def rule_of_page(path: str) -> Right | None:
    """The right that a page asks for."""
    return PAGES.get(path)
