"""What every page says first: whose model answers, and which part of the house is away."""

from __future__ import annotations

from dataclasses import dataclass

from streamlit_ui.api_client import ModelStatus
from streamlit_ui.texts import Texts


@dataclass(frozen=True, slots=True)
class HouseState:
    """The service with its model, and the database."""

    model: ModelStatus | None
    database_answers: bool


def banners_of(state: HouseState, say: Texts) -> list[str]:
    """One sentence for each part that is away, and one for a demonstration model."""
    keys: list[str] = []
    if state.model is None:
        keys.append("degraded.api")
    elif state.model.version is None:
        keys.append("degraded.no_model")
    elif state.model.is_demo:
        keys.append("demo.banner")
    if state.model is not None and not state.model.registry_answers:
        keys.append("degraded.registry")
    if not state.database_answers:
        keys.append("degraded.database")
    return [say(key) for key in keys]
