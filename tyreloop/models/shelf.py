"""One reference to the model that answers, and the one way in which it changes; never in a request."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import uniform
from threading import Event, Lock, Thread
from typing import Any

import structlog

from tyreloop.domain.errors import (
    BundleAwaited,
    BundleRefused,
    ModelVersionNotFound,
    NoProductionModel,
    PhotoTooLarge,
    RegistryUnavailable,
    StoreUnavailable,
    TyreloopError,
    UnreadablePhoto,
)
from tyreloop.domain.models import RegisteredVersion, Registry, Release, ReleaseKind, Serving
from tyreloop.domain.photos import ModelRef, UploadedPhoto, Verdict
from tyreloop.models.bundles import BUNDLE_TAG, REFUSED_TAG, is_bundle, registered, require_bundle
from tyreloop.models.cache import Edition, ModelCache
from tyreloop.models.child import check_in_child
from tyreloop.models.signing import Verifier, require_signed_files
from tyreloop.vision.bundle import LoadedModel, open_verified
from tyreloop.vision.decode import DEFAULT_LIMITS, DecodeLimits
from tyreloop.vision.pipeline import Examination, examine

log = structlog.get_logger(__name__)

JITTER = 0.2  # services started together do not ask together
Check = Callable[[Path, int], None]
NOT_SIGNED = "nobody signed this move of Production"


@dataclass(frozen=True, slots=True)
class ShelfStatus:
    """What the shelf knows: shown by the service, never needed to answer a photo."""

    serving: int | None = None
    wanted: int | None = None
    unsigned: int | None = None  # the registry names a version that nobody signed: it waits
    conflict_with: int | None = None  # the stage names another version than the alias
    refused: dict[int, str] = field(default_factory=dict)
    registry_answers: bool | None = None
    looked_at: datetime | None = None
    swapped_at: datetime | None = None
    swaps: int = 0


@dataclass(frozen=True, slots=True)
class SignedReleases:
    """Where the shelf learns what was signed, and what checks it."""

    verifier: Verifier
    find: Callable[[int | None], Release | None]  # by the version that the registry names


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A version to serve, and the files it was signed with; None where unsigned models serve."""

    version: int
    release: Release | None = None
    files: Mapping[str, str] | None = None

    @property
    def proof(self) -> dict[str, str]:
        if self.release is None:
            return {}
        named = {"model": self.release.model_name, "version": str(self.version)}
        return {**named, "record": self.release.record, "signature": self.release.signature}


class ModelShelf:
    """Holds the model that answers; `look` brings what was released."""

    def __init__(
        self,
        registry: Callable[[], Registry],
        cache: ModelCache,
        *,
        check: Check = check_in_child,
        signed: SignedReleases | None = None,
        pinned: int | None = None,
    ) -> None:
        self._registry = registry
        self._cache = cache
        self._check = check
        self._signed = signed
        self._pinned = pinned
        self._model: LoadedModel | None = None
        self._edition: Edition | None = None
        self._awaited: Edition | None = None  # a plain model, whose bundle the worker makes
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
        edition, proof = self._cache.last_good()
        folder = self._cache.folder_of(edition) if edition else None
        if edition is None or folder is None:
            return
        try:
            wanted = self._proven(edition.version, proof)
            self._publish(edition, self._open(folder, wanted), wanted)
        except BundleRefused as error:
            log.warning("last_good_model_refused", version=edition.version, reason=str(error))

    def clear_refusals(self) -> None:
        """Let refused versions be tried once more: somebody asked for it, or released one anew."""
        self._status = replace(self._status, refused={})

    def look(self) -> None:
        """Ask the registry once, and bring what was released here if it is another than ours."""
        with self._looking:
            answered = self._status.registry_answers
            try:
                self._follow_production()
                self._note(registry_answers=True)
            except RegistryUnavailable as error:
                self._note(registry_answers=False)
                if answered is not False:  # said once, not at every look
                    log.warning("registry_unavailable", reason=str(error))
            except StoreUnavailable as error:
                self._note(registry_answers=True)
                log.warning("releases_unavailable", reason=str(error))
            except ModelVersionNotFound as error:
                # A registry answers so for a second or two after a version was made: the next look will tell.
                self._note(registry_answers=True)
                log.warning("model_version_not_found", reason=str(error))
            except BundleAwaited as error:
                self._note(registry_answers=True)
                log.warning("bundle_awaited", reason=str(error))

    def _follow_production(self) -> None:
        registry = self._registry()
        production = registry.production()
        named = production.version if production else None
        asked = self._pinned or named
        self._note(wanted=asked, conflict_with=production.conflict_with if production else None)
        try:
            wanted = self._wanted(asked)
        except BundleRefused as error:
            if asked is not None and asked not in self._status.refused:
                self._refuse(asked, str(error))
            return
        if wanted is None or wanted.version in self._status.refused:
            return
        known = registered(wanted.version, registry)
        edition = Edition(known.version, int(known.created_at.timestamp() * 1000))
        still_awaited = edition == self._awaited and not {BUNDLE_TAG, REFUSED_TAG} & known.tags.keys()
        if edition != self._edition and not still_awaited:
            self._bring(edition, known, registry, wanted)

    def _wanted(self, asked: int | None) -> _Wanted | None:
        """What was signed decides; a move that nobody signed waits, and is said."""
        if self._signed is None:
            return _Wanted(asked) if asked is not None else None
        release = self._signed.find(asked)
        waits = asked if release is None or release.to_version != asked else None
        if waits is not None and waits != self._status.unsigned:
            log.error("unsigned_move_waits", version=waits, serving=self._status.serving)
        self._note(unsigned=waits)
        if release is None or (self._pinned and waits):
            return None
        return _Wanted(release.to_version, release, self._signed.verifier.files_of(release))

    def _proven(self, version: int, proof: Mapping[str, str]) -> _Wanted:
        """The version that served last, with the record it was signed with."""
        if self._signed is None:
            return _Wanted(version)
        if proof.get("version") != str(version):
            raise BundleRefused(NOT_SIGNED)
        release = Release(
            proof["model"],
            version,
            None,
            ReleaseKind.PROMOTION,
            datetime.now(UTC),
            "",
            record=proof.get("record", ""),
            signature=proof.get("signature", ""),
        )
        return _Wanted(version, release, self._signed.verifier.files_of(release))

    def _bring(self, edition: Edition, known: RegisteredVersion, registry: Registry, wanted: _Wanted) -> None:
        try:
            folder = self._kept(edition, wanted) or self._fetch(edition, known, registry, wanted)
            self._publish(edition, self._open(folder, wanted), wanted)
        except BundleAwaited:
            self._awaited = edition
            raise
        except (BundleRefused, PhotoTooLarge, UnreadablePhoto) as error:
            self._refuse(edition.version, str(error))

    def _kept(self, edition: Edition, wanted: _Wanted) -> Path | None:
        """The version's folder on this disk, if it holds what was signed."""
        folder = self._cache.folder_of(edition)
        if folder is None or not is_bundle(folder):
            return None
        if wanted.files is None:
            return folder
        try:
            require_signed_files(folder, wanted.files)
        except BundleRefused:
            return None
        return folder

    def _open(self, folder: Path, wanted: _Wanted) -> LoadedModel:
        if wanted.files is not None:
            require_signed_files(folder, wanted.files)
        return open_verified(folder, wanted.version)

    def _fetch(self, edition: Edition, known: RegisteredVersion, registry: Registry, wanted: _Wanted) -> Path:
        with self._cache.arrival() as arriving:
            if (brought := self._kept(edition, wanted)) is not None:  # by another replica meanwhile
                return brought
            registry.download(edition.version, arriving)
            if wanted.files is not None:
                require_signed_files(arriving, wanted.files)
            require_bundle(arriving, known)
            self._check(arriving, edition.version)
            return self._cache.keep(arriving, edition)

    def _publish(self, edition: Edition, model: LoadedModel, wanted: _Wanted) -> None:
        before, self._model, self._edition = self._edition, model, edition
        self._note(serving=edition.version, swapped_at=datetime.now(UTC), swaps=self._status.swaps + 1)
        log.info("model_serving", version=edition.version, previous=before.version if before else None)
        try:
            self._cache.remember(edition, wanted.proof)
            self._cache.prune(keep={edition} | ({before} if before else set()))
        except OSError as error:  # a full disk: it answers all the same, and the next start asks the registry
            log.warning("model_not_remembered", version=edition.version, reason=str(error))

    def _refuse(self, version: int, reason: str) -> None:
        """Keep the old model, and do not try this version again until somebody asks."""
        self._note(refused={**self._status.refused, version: reason})
        log.error("model_refused", version=version, reason=reason, serving=self._status.serving)

    def _note(self, **changes: Any) -> None:
        self._status = replace(self._status, looked_at=datetime.now(UTC), **changes)


class ShelfClassifier:
    """Judges one request's photo with the model that was on the shelf when it began, and remembers how."""

    def __init__(
        self, shelf: ModelShelf, *, limits: DecodeLimits = DEFAULT_LIMITS, alone: bool = False
    ) -> None:
        self.model: LoadedModel = shelf.current()
        self.examination: Examination | None = None
        self._limits = limits
        self._alone = alone

    def judge(self, photo: UploadedPhoto) -> tuple[ModelRef, Verdict]:
        self.examination = examine(photo.data, self.model, limits=self._limits, alone=self._alone)
        return self.model.ref, self.examination.verdict


@dataclass(slots=True)
class ServingReport:
    """Tells the database what this service answers with, and hears of releases."""

    newest: Callable[[], Release | None]
    tell: Callable[[Serving, int | None], None]
    settle: Callable[[], object]
    end: Callable[[str], None]
    service: str = field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}")
    _heard: Release | None = None

    def before(self, shelf: ModelShelf) -> None:
        """A version that is released anew is tried anew."""
        newest = self.newest()
        if newest is not None and (self._heard is None or newest.id != self._heard.id):
            shelf.clear_refusals()
            self._heard = newest

    def after(self, status: ShelfStatus) -> None:
        """What is answered with now; then the newest release is brought as far as it can come."""
        asked = self._heard.to_version if self._heard else status.wanted
        reason = status.refused.get(asked) if asked is not None else None
        refused = asked if reason is not None else None
        said = Serving(self.service, status.serving, refused, reason or "")
        self.tell(said, self._heard.id if self._heard else None)
        self.settle()


class Watcher:
    """Keeps a shelf up to date, in a thread of its own, until it is stopped."""

    def __init__(
        self, shelf: ModelShelf, *, every_seconds: float, report: ServingReport | None = None
    ) -> None:
        self._shelf = shelf
        self._every = every_seconds
        self._report = report
        self._wake = Event()
        self._stopping = Event()
        self._thread = Thread(target=self._watch, name="model-watcher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def look_now(self) -> None:
        """Do not wait for the next round, and give refused versions another try."""
        self._shelf.clear_refusals()
        self._wake.set()

    def stop(self, *, wait_seconds: float = 2.0) -> None:
        self._stopping.set()
        self._wake.set()
        self._thread.join(wait_seconds)
        if self._report is not None:
            self._aside(partial(self._report.end, self._report.service))

    def _watch(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            if self._report is not None:
                self._aside(partial(self._report.before, self._shelf))
            self._aside(self._shelf.look)
            if self._report is not None:
                self._aside(lambda: self._report.after(self._shelf.status))  # type: ignore[union-attr]
            self._wake.wait(self._every * uniform(1 - JITTER, 1 + JITTER))

    def _aside(self, work: Callable[[], object]) -> None:
        try:
            work()
        except TyreloopError as error:
            log.warning("model_round_waits", reason=str(error))  # the database or the registry is away
        except Exception:
            log.exception("model_look_failed")  # whatever it was, the next look may succeed
