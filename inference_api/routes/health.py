"""Alive, ready, and what Prometheus reads."""

from __future__ import annotations

from flask import Response, request
from prometheus_client import CONTENT_TYPE_LATEST

from inference_api.routing import Body, Routes
from inference_api.services import services
from tyreloop.domain.errors import NotAllowed
from tyreloop.domain.staff import Right

routes = Routes(Right.OPEN)


class AliveBody(Body):
    """That the process answers."""

    status: str = "alive"


class ReadyBody(Body):
    """That a model answers, and which."""

    status: str = "ready"
    model_version: int


@routes.route("GET", "/healthz", AliveBody, name="get_health")
def healthz() -> AliveBody:
    """Alive: asks nobody else."""
    return AliveBody()


@routes.route("GET", "/readyz", ReadyBody, name="get_readiness")
def readyz() -> ReadyBody:
    """Ready: a model can answer; without one this is a problem document."""
    return ReadyBody(model_version=services().shelf.current().ref.version)


@routes.route("GET", "/metrics", ("text/plain", {"type": "string"}), name="get_metrics")
def metrics() -> Response:
    """For Prometheus, from the networks of `METRICS_FROM` alone."""
    if request.remote_addr not in services().metrics_from:
        raise NotAllowed("Metrics are for the inside alone.")
    return Response(services().metrics.text(), content_type=CONTENT_TYPE_LATEST)
