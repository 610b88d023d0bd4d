"""Starts and stops what works beside the requests: the model's watcher and the recorder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache, partial

from inference_api.admission import Admission
from inference_api.metrics import Metrics
from inference_api.periodic import PeriodicThread
from inference_api.process import spare_memory
from inference_api.recorder import Recorder
from inference_api.services import Services
from tyreloop.access.networks import networks_in
from tyreloop.bootstrap import Role, ServingStores, build_door, open_releasing, serve_stores
from tyreloop.files.space import Space
from tyreloop.models.cache import ModelCache
from tyreloop.models.release import settle
from tyreloop.models.shelf import ModelShelf, ServingReport, SignedReleases, Watcher
from tyreloop.models.signing import verifier_of
from tyreloop.settings import Settings
from tyreloop.store.models import PostgresModels
from tyreloop.use_cases.stores import Stores
from tyreloop.vision.clean import without_metadata

SPARE_SLOTS = 1  # judged while another waits for Python's lock: without it a core would stand idle


@dataclass(frozen=True, slots=True)
class Background:
    """What runs beside the requests."""

    watcher: Watcher
    recorder: Recorder
    admission: Admission
    stores: ServingStores
    spare_memory: PeriodicThread

    def start(self) -> None:
        self.watcher.start()
        self.recorder.start()
        self.spare_memory.start()

    def stop(self) -> None:
        """Those inside are answered, what they left behind is written."""
        self.admission.close()
        self.watcher.stop()
        self.recorder.stop()
        self.spare_memory.stop()
        self.stores.close()


def build(settings: Settings) -> tuple[Services, Background]:
    """The services of a real process; the last good model is opened, nothing else is started."""
    serving = serve_stores(settings, role=Role.API)
    stores = serving.stores
    metrics = Metrics()
    shelf, watcher = _watched_shelf(settings, stores)
    recorder = Recorder(
        stores.predictions,
        stores.photos,
        serving.journal,
        metrics,
        clean=without_metadata,
        left_behind=stores.erasures.left_behind,
        has_space=Space(settings.data_dir),
    )
    admission = Admission(slots=_cores() + SPARE_SLOTS)
    metrics.watch(shelf, admission)
    metrics.show("outbox_entries", "Entries that wait for the database.", serving.outbox.count)
    metrics.show("to_keep", "Predictions on their way to the database.", serving.journal.count)
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
        allowed_hosts=[host.strip() for host in settings.allowed_hosts.split(",") if host.strip()],
        metrics_from=networks_in(settings.metrics_from),
        pages=settings.pages,
        alert_token=settings.alert_token.get_secret_value(),
    )
    return services, Background(watcher, recorder, admission, serving, spare_memory())


def _watched_shelf(settings: Settings, stores: Stores) -> tuple[ModelShelf, Watcher]:
    """The shelf, and what keeps it up to date and tells the database what this service answers with."""
    # Opened at the first look: the registry's client takes a second to load, which no start waits for.
    releasing = cache(lambda: open_releasing(settings, stores, signs=False))
    name, every = settings.model_name, settings.model_poll_seconds
    shelf = ModelShelf(
        lambda: releasing().registry,
        ModelCache(settings.data_dir / "models"),
        signed=_signed_releases(settings, stores.models),
        pinned=settings.model_version,
    )
    report = ServingReport(
        newest=partial(stores.models.newest, name),
        tell=partial(stores.models.tell_serving, name, every_seconds=every),
        settle=lambda: settle(releasing()),
        end=stores.models.stop_serving,
    )
    return shelf, Watcher(shelf, every_seconds=every, report=report)


def _signed_releases(settings: Settings, models: PostgresModels) -> SignedReleases | None:
    """What was signed, by the version that the registry names, or that this service is pinned to."""
    verifier, pinned = verifier_of(settings), settings.model_version
    if verifier is None:
        return None
    if pinned is not None:
        return SignedReleases(verifier, lambda _: models.signed_version(settings.model_name, pinned))
    return SignedReleases(verifier, partial(models.signed_release, settings.model_name))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
