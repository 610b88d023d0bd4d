"""What people and programs read about the service: the OpenAPI document, Swagger UI, and a page to try it."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from flask_swagger_ui import get_swaggerui_blueprint

from inference_api.openapi import document

routes = Blueprint("documents", __name__)
swagger_ui = get_swaggerui_blueprint("/docs", "/openapi.json", config={"app_name": "Tyreloop"})

TRY_IT_PAGE = Path(__file__).parents[1] / "pages" / "try_it.html"


@routes.get("/openapi.json")
def show_openapi() -> ResponseReturnValue:
    """The contract of this service."""
    return jsonify(document())


@routes.get("/")
def show_page() -> ResponseReturnValue:
    """A small page for trying the service by hand; the real pages are Streamlit's."""
    return Response(TRY_IT_PAGE.read_text(encoding="utf-8"), mimetype="text/html")
