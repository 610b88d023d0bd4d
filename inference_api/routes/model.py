"""Which model answers, and a push to look for another."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from inference_api.bodies import ModelStatusBody
from inference_api.context import answer, services
from tyreloop.adapters.model_shelf import ModelShelf
from tyreloop.domain.errors import NoProductionModel

routes = Blueprint("model", __name__)


@routes.get("/v1/model")
def show_model() -> ResponseReturnValue:
    """The model that serves, what the registry wants, and which versions were refused."""
    return answer(_status(services().shelf))


@routes.post("/v1/model/refresh")
def refresh_model() -> ResponseReturnValue:
    """Look at the registry now; the look itself happens in the background."""
    services().look_for_model()
    return answer(_status(services().shelf), 202)


def _status(shelf: ModelShelf) -> ModelStatusBody:
    status = shelf.status
    try:
        model = shelf.current()
    except NoProductionModel:
        model = None
    return ModelStatusBody(
        name=model.ref.name if model else None,
        serving=model.ref.version if model else None,
        wanted=status.wanted,
        conflict_with=status.conflict_with,
        refused=status.refused,
        registry_answers=status.registry_answers,
        looked_at=status.looked_at,
        swapped_at=status.swapped_at,
        demo_model=model.card.demo if model else None,
        classes=list(model.card.classes) if model else None,
        metrics=model.card.metrics if model else None,
    )
