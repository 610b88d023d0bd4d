"""What every page says first: whose model answers, and which part of the house is away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streamlit_ui.texts import Texts


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """The model that answers now, if there is one."""

    version: int | None
    is_demo: bool
    registry_answers: bool = True

    @staticmethod
    def of(body: Mapping[str, Any]) -> ModelStatus:
        return ModelStatus(
            version=body.get("serving"),
            is_demo=bool(body.get("demo_model")),
            registry_answers=body.get("registry_answers") is not False,  # None: it has not looked yet
        )


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
