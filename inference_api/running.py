"""Starts and stops what works beside the requests: the model's watcher and the recorder."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from inference_api.admission import Admission
from inference_api.metrics import Metrics
from inference_api.periodic import PeriodicThread
from inference_api.process import spare_memory
from inference_api.recorder import Recorder
from inference_api.services import Services
from tyreloop.adapters.model_shelf import ModelShelf, Watcher
from tyreloop.adapters.model_shelf.cache import ModelCache
from tyreloop.bootstrap import Role, ServingStores, build_door, serve_stores
from tyreloop.ports import Registry
from tyreloop.settings import Settings
from tyreloop.vision.clean import without_metadata

SPARE_SLOTS = 1  # judged while another waits for Python's lock: without it a core would stand idle


@dataclass(frozen=True, slots=True)
class Background:
    """What runs beside the requests."""

    watcher: Watcher
    recorder: Recorder
    admission: Admission
    stores: ServingStores
    rounds: tuple[PeriodicThread, ...]

    def start(self) -> None:
        self.watcher.start()
        self.recorder.start()
        for rounds in self.rounds:
            rounds.start()

    def stop(self) -> None:
        """Those inside are answered, what they left behind is written."""
        self.admission.close()
        self.watcher.stop()
        self.recorder.stop()
        for rounds in self.rounds:
            rounds.stop()
        self.stores.close()


def build(settings: Settings) -> tuple[Services, Background]:
    """The services of a real process; the last good model is opened, nothing else is started."""
    serving = serve_stores(settings, role=Role.API)
    stores = serving.stores
    metrics = Metrics()
    shelf = ModelShelf(
        _registry_opener(settings),
        ModelCache(settings.data_dir / "models"),
        allow_pickled=settings.allow_pickled_models,
    )
    watcher = Watcher(shelf, every_seconds=settings.model_poll_seconds)
    recorder = Recorder(stores.predictions, stores.photos, metrics, clean=without_metadata)
    admission = Admission(slots=_cores() + SPARE_SLOTS)
    metrics.watch(shelf, admission)
    metrics.show("outbox_entries", "Entries that wait for the database.", serving.outbox.count)
    metrics.show("to_keep", "Predictions that wait to be kept.", lambda: recorder.waiting)
    shelf.open_last_good()
    services = Services(
        shelf=shelf,
        look_for_model=watcher.look_now,
        log=recorder,
        stores=stores,
        admission=admission,
        metrics=metrics,
        max_photo_bytes=int(settings.photo_max_megabytes * 1e6),
        door=build_door(settings, stores),
        alert_token=settings.alert_token.get_secret_value(),
    )
    rounds = services.slow_bodies.rounds(), spare_memory()
    return services, Background(watcher, recorder, admission, serving, rounds)


def _registry_opener(settings: Settings) -> Callable[[], Registry]:
    """Opens the registry at the first look: its client takes a second to load, which no start waits for."""

    @cache
    def registry() -> Registry:
        from tyreloop.adapters.registry import build_registry  # noqa: PLC0415 - see above

        return build_registry(settings)

    return registry


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
