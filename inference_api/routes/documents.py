"""What people and programs read about the service: the OpenAPI document, Swagger UI, and a page to try it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import flask_swagger_ui
from flask import Response, current_app, jsonify, send_from_directory

from inference_api.openapi import document
from inference_api.routing import Routes, routes_of
from tyreloop.domain.staff import Right

routes = Routes(Right.OPEN)
said = partial(routes.route, "GET", answer=None, hidden=True)
PAGES = Path(__file__).parents[1] / "pages"
SWAGGER_UI = Path(flask_swagger_ui.__file__).with_name("dist")


@said("/openapi.json")
def show_openapi() -> Response:
    """This API, for machines."""
    return jsonify(document(routes_of(current_app).values()))


@said("/")
def show_page() -> Response:
    """A small page to try the service; the real pages are Streamlit's."""
    return send_from_directory(PAGES, "try_it.html")


@said("/docs/")
def show_docs() -> Response:
    """This API, for people."""
    return send_from_directory(PAGES, "docs.html")


@said("/docs/<path:path>")
def show_docs_file(path: str) -> Response:
    """What these two pages load."""
    return send_from_directory(PAGES if (PAGES / path).is_file() else SWAGGER_UI, path)
