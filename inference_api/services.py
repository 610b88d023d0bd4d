"""What the routes use: made once for a process, handed to the application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from flask import current_app

from inference_api.admission import Admission
from inference_api.metrics import Metrics
from inference_api.replays import Replays
from inference_api.slow_bodies import SlowBodies
from tyreloop.access.door import Door
from tyreloop.models.shelf import ModelShelf
from tyreloop.ports import Clock, PredictionLog
from tyreloop.use_cases.stores import Stores

EXTENSION = "tyreloop"


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a route may call."""

    shelf: ModelShelf
    look_for_model: Callable[[], None]
    log: PredictionLog
    stores: Stores
    admission: Admission
    metrics: Metrics
    door: Door
    max_photo_bytes: int = 20_000_000
    alert_token: str = ""  # without one, nobody may tell of alerts
    replays: Replays = field(default_factory=Replays)
    slow_bodies: SlowBodies = field(default_factory=SlowBodies)

    @property
    def clock(self) -> Clock:
        return self.stores.clock


def services() -> Services:
    """Inside a request: what this application was made with."""
    return cast(Services, current_app.extensions[EXTENSION])
