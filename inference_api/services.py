"""What the routes use: made once for a process, handed to the application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from inference_api.admission import Admission
from inference_api.loop_services import LoopServices, loop_in_memory
from inference_api.metrics import Metrics
from inference_api.replays import Replays
from inference_api.slow_bodies import SlowBodies
from tyreloop.access.build import visitors_only
from tyreloop.access.door import Door
from tyreloop.adapters.memory.alerts import MemoryAlerts
from tyreloop.adapters.model_shelf import ModelShelf
from tyreloop.ports import Alerts, Clock, Feedback, PhotoStore, PredictionLog

if TYPE_CHECKING:
    from inference_api.judging import Judged


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a route may call."""

    shelf: ModelShelf
    look_for_model: Callable[[], None]
    log: PredictionLog
    feedback: Feedback
    photos: PhotoStore
    admission: Admission
    metrics: Metrics
    clock: Clock
    max_photo_bytes: int = 20_000_000
    door: Door = field(default_factory=visitors_only)  # without staff nobody can sign in
    loop: LoopServices = field(default_factory=loop_in_memory)
    replays: Replays[Judged] = field(default_factory=Replays)
    slow_bodies: SlowBodies = field(default_factory=SlowBodies)
    alerts: Alerts = field(default_factory=MemoryAlerts)
    alert_token: str = ""  # without one, nobody may tell of alerts
