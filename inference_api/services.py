"""What the routes use: made once for a process, handed to the application."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from flask import current_app

from inference_api.admission import Admission
from inference_api.metrics import Metrics
from inference_api.replays import Replays
from tyreloop.access.door import Door
from tyreloop.access.networks import Networks, networks_in
from tyreloop.models.shelf import ModelShelf
from tyreloop.ports import Clock, PredictionLog
from tyreloop.use_cases.stores import Stores
from tyreloop.vision.decode import DEFAULT_LIMITS, DecodeLimits

EXTENSION = "tyreloop"
SIGN_IN_BUSY = "Many people sign in just now. Try again in a moment."


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
    allowed_hosts: Sequence[str] = ("localhost", "127.0.0.1")
    metrics_from: Networks = field(default_factory=lambda: networks_in("127.0.0.0/8,::1"))
    pages: str = "http://localhost:8501"  # where people reach them
    alert_token: str = ""  # without one, nobody may tell of alerts
    # One after the other beside the photos, a few waiting: each costs a core a tenth of a second.
    sign_ins: Admission = field(default_factory=lambda: Admission(slots=1, waiting=8, busy=SIGN_IN_BUSY))
    replays: Replays = field(default_factory=Replays)

    @property
    def photo_limits(self) -> DecodeLimits:
        return replace(DEFAULT_LIMITS, max_bytes=self.max_photo_bytes)

    @property
    def clock(self) -> Clock:
        return self.stores.clock


def services() -> Services:
    """Inside a request: what this application was made with."""
    return cast(Services, current_app.extensions[EXTENSION])
