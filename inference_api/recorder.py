"""Keeps predictions and photos after the answer: a bounded queue that never makes anybody wait."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from queue import Empty, Full, Queue
from threading import Event, Lock, Thread

import structlog

from inference_api.metrics import Metrics
from tyreloop.domain.errors import StoreUnavailable, TyreloopError
from tyreloop.domain.photos import PhotoId, Prediction, PredictionId, UploadedPhoto
from tyreloop.files.photos import ObjectPhotoStore
from tyreloop.ports import Predictions

log = structlog.get_logger(__name__)

Clean = Callable[[bytes], bytes]
LeftBehind = Callable[[Sequence[Prediction]], Sequence[PhotoId]]

GATHER_SECONDS = 0.1  # what is answered meanwhile is written together: one transaction, one wait for the disk
MAX_TOGETHER = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """One prediction to keep; without its photo where its visitor said no, or there was no room for it."""

    prediction: Prediction
    photo: UploadedPhoto | None


class Recorder:
    """The PredictionLog port: takes at once, writes in a thread of its own."""

    def __init__(
        self,
        predictions: Predictions,
        photos: ObjectPhotoStore,
        metrics: Metrics,
        *,
        clean: Clean,
        left_behind: LeftBehind,
        has_space: Callable[[], bool],
        max_entries: int = 2_000,
        max_photo_bytes: int = 32_000_000,
    ) -> None:
        self._predictions = predictions
        self._photos = photos
        self._metrics = metrics
        self._clean = clean
        self._left_behind = left_behind
        self._has_space = has_space
        self._fails = False
        self._entries: Queue[Entry] = Queue(max_entries)
        self._on_their_way: dict[PredictionId, Prediction] = {}
        self._room = max_photo_bytes
        self._lock = Lock()
        self._stopping = Event()
        self._thread = Thread(target=self._write, name="recorder", daemon=True)

    @property
    def waiting(self) -> int:
        """How many predictions are not kept yet."""
        return self._entries.qsize()

    @property
    def keeps(self) -> bool:
        """Whether what is recorded now will be found later: there is room, and the last ones were kept."""
        return not (self._fails or self._entries.full()) and self._has_space()

    def start(self) -> None:
        self._thread.start()

    def stop(self, *, wait_seconds: float = 5.0) -> None:
        """Write what is waiting, for a bounded time."""
        self._stopping.set()
        self._thread.join(wait_seconds)

    def record(self, prediction: Prediction, photo: UploadedPhoto) -> Prediction:
        if prediction.keep_photo and not self._has_room_for(photo):
            prediction = replace(prediction, keep_photo=False)  # nobody is promised what cannot be kept
        entry = Entry(prediction, photo if prediction.keep_photo else None)
        self._on_their_way[prediction.id] = prediction
        try:
            self._entries.put_nowait(entry)
        except Full:
            self._let_go(entry)
            self._metrics.recorded.labels("no_room").inc()
            log.error("prediction_not_recorded", prediction=prediction.id)
        return prediction

    def flush(self, prediction_id: PredictionId) -> None:
        if prediction := self._on_their_way.get(prediction_id):
            self._predictions.add(prediction)  # and once more in its turn, which changes nothing

    def _has_room_for(self, photo: UploadedPhoto) -> bool:
        """Whether its bytes fit; if so, they are taken."""
        with self._lock:
            if fits := len(photo.data) <= self._room and self._has_space():
                self._room -= len(photo.data)
        if not fits:
            self._metrics.photos.labels("no_room").inc()
        return fits

    def _let_go(self, entry: Entry) -> None:
        del self._on_their_way[entry.prediction.id]
        with self._lock:
            self._room += len(entry.photo.data) if entry.photo else 0

    def _write(self) -> None:
        while not (self._stopping.is_set() and self._entries.empty()):
            if entries := self._next():
                self._keep(entries)

    def _next(self) -> deque[Entry]:
        """The first that comes, and those that come soon after it."""
        try:
            entries = deque([self._entries.get(timeout=0.2)])
        except Empty:
            return deque()
        self._stopping.wait(GATHER_SECONDS)
        with suppress(Empty):
            while len(entries) < MAX_TOGETHER:
                entries.append(self._entries.get_nowait())
        return entries

    def _keep(self, entries: deque[Entry]) -> None:
        self._keep_predictions([entry.prediction for entry in entries])
        with_photo = [entry.prediction for entry in entries if entry.photo]
        while entries:
            entry = entries.popleft()  # each photo's memory is free as soon as it is kept
            try:
                if entry.photo is not None:
                    self._keep_photo(entry.prediction, entry.photo)
            finally:
                self._let_go(entry)
        if with_photo:
            self._let_go_of_deleted(with_photo)

    def _let_go_of_deleted(self, predictions: Sequence[Prediction]) -> None:
        """Of those whose visitors deleted them meanwhile, no photo may come back."""
        try:
            for photo_id in self._left_behind(predictions):
                self._photos.delete(photo_id)
        except StoreUnavailable:
            log.warning("deleted_photos_not_looked_for", photos=len(predictions))

    def _keep_predictions(self, predictions: Sequence[Prediction]) -> None:
        """All at once; where that fails, each alone, so that one that cannot be kept costs no other."""
        if len(predictions) > 1:
            with suppress(Exception):
                self._predictions.add_all(predictions)
                self._metrics.recorded.labels("kept").inc(len(predictions))
                self._fails = False
                return
        for prediction in predictions:
            self._fails = not self._attempt("recorded", partial(self._predictions.add, prediction))

    def _keep_photo(self, prediction: Prediction, photo: UploadedPhoto) -> None:
        self._attempt("photos", lambda: self._photos.put(prediction.photo_id, self._clean(photo.data)))

    def _attempt(self, counter: str, work: Callable[[], object]) -> bool:
        count = getattr(self._metrics, counter)
        try:
            work()
            count.labels("kept").inc()
            return True
        except TyreloopError as error:
            count.labels("failed").inc()
            log.warning("not_kept", what=counter, reason=str(error))
        except Exception:
            count.labels("failed").inc()
            log.exception("not_kept", what=counter)
        return False
