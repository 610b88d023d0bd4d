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


@dataclass(frozen=True, slots=True)
class Banners:
    """One sentence for each part that is away, and the line about a demonstration model."""

    away: tuple[str, ...]
    demo: str = ""


def banners_of(state: HouseState, say: Texts) -> Banners:
    """What there is to say; nothing on a good day."""
    keys: list[str] = []
    if state.model is None:
        keys.append("degraded.api")
    elif state.model.version is None:
        keys.append("degraded.no_model")
    if state.model is not None and not state.model.registry_answers:
        keys.append("degraded.registry")
    if not state.database_answers:
        keys.append("degraded.database")
    is_demo = state.model is not None and state.model.version is not None and state.model.is_demo
    return Banners(tuple(map(say, keys)), say("demo.banner") if is_demo else "")
