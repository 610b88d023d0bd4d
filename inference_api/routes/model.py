"""Which model answers, and a push to look for another."""

from __future__ import annotations

from pydantic import Field

from inference_api.routing import Body, Moment, Routes
from inference_api.services import services
from tyreloop.domain.errors import NoProductionModel
from tyreloop.domain.staff import Right
from tyreloop.models.shelf import ModelShelf

routes = Routes(Right.OPEN)


class ModelStatusBody(Body):
    """The model that serves, and what the service knows of the registry."""

    name: str | None
    serving: int | None
    wanted: int | None = Field(description="The version in Production, as of the last look.")
    unsigned: int | None = Field(
        description="A version that the registry has in Production and that nobody signed: it waits."
    )
    conflict_with: int | None = Field(description="A stage that names another version than the alias.")
    refused: dict[int, str] = Field(description="Versions that failed a check, and why.")
    registry_answers: bool | None
    looked_at: Moment | None
    swapped_at: Moment | None
    demo_model: bool | None
    classes: list[str] | None
    metrics: dict[str, object] | None


@routes.route("GET", "/v1/model", ModelStatusBody, name="get_model")
def show_model() -> ModelStatusBody:
    """The version that answers, and versions that were refused, with the reason."""
    return _status(services().shelf)


@routes.route("POST", "/v1/model/refresh", ModelStatusBody, status=202, right=Right.RELEASE)
def refresh_model() -> ModelStatusBody:
    """Look at the registry now, in the background, and give refused versions another try."""
    services().look_for_model()
    return _status(services().shelf)


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
        unsigned=status.unsigned,
        conflict_with=status.conflict_with,
        refused=status.refused,
        registry_answers=status.registry_answers,
        looked_at=status.looked_at,
        swapped_at=status.swapped_at,
        demo_model=model.card.demo if model else None,
        classes=list(model.card.classes) if model else None,
        metrics=model.card.metrics if model else None,
    )
