"""Models that data scientists log with MLflow's own client become bundles, each once, each in a process.

`python -m tyreloop.worker.conversion VERSION` is that process.
"""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass, field
from threading import Event, Thread

import structlog

from tyreloop.domain.errors import BundleRefused, RegistryUnavailable
from tyreloop.models.waiting import versions_without_bundle
from tyreloop.settings import Settings, environment_for_child, settings

log = structlog.get_logger(__name__)
AGAIN_AFTER_SECONDS = 600.0  # what could not be done for want of packages or of the registry


@dataclass(slots=True)
class Converter:
    """Looks as often as the service does for what is in Production."""

    settings: Settings
    stopping: Event
    _not_before: dict[int, float] = field(default_factory=dict)

    def start(self) -> None:
        if self.settings.mlflow_tracking_uri.startswith("http"):
            Thread(target=self._watch, name="converter", daemon=True).start()

    def _watch(self) -> None:
        while not self.stopping.wait(self.settings.model_poll_seconds):
            try:
                self.look()
            except RegistryUnavailable:
                continue  # the service says so already

    def look(self) -> None:
        """One version at a time: people wait for the newest."""
        now = time.monotonic()
        for version in versions_without_bundle(self.settings):
            if self._not_before.get(version, now) <= now and not self.stopping.is_set():
                self._not_before[version] = now + AGAIN_AFTER_SECONDS
                subprocess.run(  # noqa: S603 - our own module
                    [sys.executable, "-m", __name__, str(version)],
                    env=environment_for_child({}),
                    check=False,
                )


def convert(version: int, given: Settings) -> None:
    """One version; what became of it stands at the registry."""
    from tyreloop.learning.plain_model import convert_version  # noqa: PLC0415 - only this process loads them
    from tyreloop.models.registry import build_registry  # noqa: PLC0415

    try:
        convert_version(
            version,
            build_registry(given),
            even_unconfined=given.allow_pickled_models,
            tell=lambda line: log.info("training_packages", line=line),
        )
        log.info("bundle_made", version=version)
    except BundleRefused as error:
        log.warning("bundle_refused", version=version, reason=str(error))


if __name__ == "__main__":
    from tyreloop.logs import configure_logs

    configure_logs(settings(), service="conversion")
    convert(int(sys.argv[1]), settings())
