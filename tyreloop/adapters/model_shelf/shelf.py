"""One reference to the model that answers, and the one way in which it changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Lock

import structlog

from tyreloop.adapters.model_shelf.cache import Edition, ModelCache
from tyreloop.adapters.model_shelf.child import check_in_child
from tyreloop.domain.errors import (
    BundleRefused,
    ModelVersionNotFound,
    NoProductionModel,
    PhotoTooLarge,
    RegistryUnavailable,
    UnreadablePhoto,
)
from tyreloop.ports import Registry
from tyreloop.vision.bundle import LoadedModel
from tyreloop.vision.open_model import open_model

log = structlog.get_logger(__name__)

Check = Callable[[Path, int], None]


@dataclass(frozen=True, slots=True)
class ShelfStatus:
    """What the shelf knows: shown by the service, never needed to answer a photo."""

    serving: int | None = None
    wanted: int | None = None
    conflict_with: int | None = None  # the stage names another version than the alias
    refused: dict[int, str] = field(default_factory=dict)
    registry_answers: bool | None = None
    looked_at: datetime | None = None
    swapped_at: datetime | None = None
    swaps: int = 0


class ModelShelf:
    """Holds the model that answers; `look` brings what the registry has in Production."""

    def __init__(
        self,
        registry: Callable[[], Registry],
        cache: ModelCache,
        *,
        check: Check | None = None,
        allow_pickled: bool = False,
    ) -> None:
        self._registry = registry
        self._cache = cache
        self._allow_pickled = allow_pickled
        self._check = check or partial(check_in_child, allow_pickled=allow_pickled)
        self._model: LoadedModel | None = None
        self._edition: Edition | None = None
        self._status = ShelfStatus()
        self._looking = Lock()

    @property
    def status(self) -> ShelfStatus:
        return self._status

    def current(self) -> LoadedModel:
        """The model that answers now; a request takes it once and keeps it to its end."""
        model = self._model
        if model is None:
            raise NoProductionModel("No model is ready to answer yet. Try again in a moment.")
        return model

    def open_last_good(self) -> None:
        """Begin with the version that served last, without asking anybody."""
        edition = self._cache.last_good()
        folder = self._cache.folder_of(edition) if edition else None
        if edition is None or folder is None:
            return
        try:
            self._publish(edition, self._open(folder, edition.version))
        except BundleRefused as error:
            log.warning("last_good_model_refused", version=edition.version, reason=str(error))

    def forgive(self) -> None:
        """Let refused versions be tried once more: somebody asked for it."""
        self._status = replace(self._status, refused={})

    def look(self) -> None:
        """Ask the registry once, and bring its Production here if it is another than ours."""
        with self._looking:
            answered = self._status.registry_answers
            try:
                self._follow_production()
                self._note(registry_answers=True)
            except RegistryUnavailable as error:
                self._note(registry_answers=False)
                if answered is not False:  # said once, not at every look
                    log.warning("registry_unavailable", reason=str(error))
            except ModelVersionNotFound as error:
                # A registry answers so for a second or two after a version was made: the next look will tell.
                self._note(registry_answers=True)
                log.warning("model_version_not_found", reason=str(error))

    def _follow_production(self) -> None:
        registry = self._registry()
        production = registry.production()
        wanted = production.version if production else None
        self._note(wanted=wanted, conflict_with=production.conflict_with if production else None)
        if wanted is None or wanted in self._status.refused:
            return
        edition = _edition(wanted, registry)
        if edition != self._edition:
            self._bring(edition, registry)

    def _bring(self, edition: Edition, registry: Registry) -> None:
        try:
            folder = self._cache.folder_of(edition) or self._fetch(edition, registry)
            self._publish(edition, self._open(folder, edition.version))
        except (BundleRefused, PhotoTooLarge, UnreadablePhoto) as error:
            self._refuse(edition.version, str(error))

    def _open(self, folder: Path, version: int) -> LoadedModel:
        return open_model(folder, version, checked_before=True, allow_pickled=self._allow_pickled)

    def _fetch(self, edition: Edition, registry: Registry) -> Path:
        with self._cache.arrival() as arriving:
            registry.download(edition.version, arriving)
            self._check(arriving, edition.version)
            return self._cache.keep(arriving, edition)

    def _publish(self, edition: Edition, model: LoadedModel) -> None:
        before, self._model, self._edition = self._edition, model, edition
        self._note(serving=edition.version, swapped_at=datetime.now(UTC), swaps=self._status.swaps + 1)
        self._cache.remember(edition)
        self._cache.prune(keep={edition} | ({before} if before else set()))
        log.info("model_serving", version=edition.version, previous=before.version if before else None)

    def _refuse(self, version: int, reason: str) -> None:
        """Keep the old model, and do not try this version again until somebody asks."""
        self._note(refused={**self._status.refused, version: reason})
        log.error("model_refused", version=version, reason=reason, serving=self._status.serving)

    def _note(self, **changes: object) -> None:
        self._status = replace(self._status, looked_at=datetime.now(UTC), **changes)  # type: ignore[arg-type]


def _edition(version: int, registry: Registry) -> Edition:
    for known in registry.versions():
        if known.version == version:
            return Edition(version, int(known.created_at.timestamp() * 1000))
    raise ModelVersionNotFound(f"The registry has no version {version} of the model.")
