"""Alive, ready, and what Prometheus reads."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST

from inference_api.context import services

routes = Blueprint("health", __name__)


@routes.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Alive: asks nobody else."""
    return {"status": "alive"}


@routes.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Ready: a model can answer; without one this is a problem document."""
    return {"status": "ready", "model_version": services().shelf.current().ref.version}


@routes.get("/metrics")
def metrics() -> ResponseReturnValue:
    return Response(services().metrics.text(), content_type=CONTENT_TYPE_LATEST)
