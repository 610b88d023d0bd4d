"""What the worker fetched of photos that were deleted since goes within the hour."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import structlog

from tyreloop.domain.datasets import SNAPSHOT_FOLDER
from tyreloop.domain.errors import TyreloopError
from tyreloop.learning.datasets.forgetting import forget_copies
from tyreloop.store.db import Database
from tyreloop.store.photos import PhotoRows

log = structlog.get_logger(__name__)
EVERY_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class Tidier:
    """Compares the copies with the rows of photos, twice an hour."""

    database: Database
    home: Path
    stopping: Event

    def start(self) -> None:
        Thread(target=self._watch, name="tidier", daemon=True).start()

    def _watch(self) -> None:
        while not self.stopping.wait(EVERY_SECONDS):
            try:
                self.tidy()
            except (TyreloopError, OSError) as error:
                log.warning("copies_not_looked_at", reason=str(error))

    def tidy(self) -> int:
        """How many copies went; where there are none the database is not asked."""
        if not any(self.home.glob(f"{SNAPSHOT_FOLDER}*/photos/*.jpg")):
            return 0
        known = PhotoRows(self.database).by_id()
        return forget_copies(self.home, lambda photo: photo not in known)
