"""Keeps predictions and photos: on this machine's disk before the answer, in their places soon after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from threading import Event, Thread

import structlog

from inference_api.metrics import Metrics
from tyreloop.domain.errors import StoreUnavailable, TyreloopError
from tyreloop.domain.photos import PhotoId, Prediction, PredictionId, UploadedPhoto
from tyreloop.files.photos import ObjectPhotoStore
from tyreloop.ports import Predictions
from tyreloop.store.outbox import Outbox, OutboxEntry, entry_of_prediction, prediction_in
from tyreloop.store.replay import turn

log = structlog.get_logger(__name__)

Clean = Callable[[bytes], bytes]
LeftBehind = Callable[[Sequence[Prediction]], Sequence[PhotoId]]

GATHER_SECONDS = 0.1  # what is answered meanwhile is sent together: one transaction
TOGETHER = 16
SENDERS = 4  # of photos: a bucket takes its time for each, and the next answers wait behind them
LOOK_SECONDS = 1.0  # for what another process of this machine left behind
REST_SECONDS = 1.0  # after something could not be sent


class Recorder:
    """The PredictionLog port: who gets an answer from here finds it again, whatever is killed meanwhile.

    The journal is an outbox of its own: what is in it is on its way, not held up.
    """

    def __init__(
        self,
        predictions: Predictions,
        photos: ObjectPhotoStore,
        journal: Outbox,
        metrics: Metrics,
        *,
        clean: Clean,
        left_behind: LeftBehind,
        has_space: Callable[[], bool],
    ) -> None:
        self._predictions = predictions
        self._photos = photos
        self._journal = journal
        self._metrics = metrics
        self._clean = clean
        self._left_behind = left_behind
        self._has_space = has_space
        self._senders = ThreadPoolExecutor(SENDERS, thread_name_prefix="photo-sender")
        self._came = Event()
        self._stopping = Event()
        self._thread = Thread(target=self._send, name="recorder", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, *, wait_seconds: float = 5.0) -> None:
        """Send what waits, for a bounded time; the rest is sent at the next start."""
        self._stopping.set()
        self._came.set()
        self._thread.join(wait_seconds)

    def record(self, prediction: Prediction, photo: UploadedPhoto) -> Prediction | None:
        if prediction.keep_photo and not self._keeps_photo(prediction, photo):
            prediction = replace(prediction, keep_photo=False)  # nobody is promised what is not kept
        kept = self._keeps(prediction)
        self._metrics.recorded.labels("kept" if kept else "failed").inc()
        return prediction if kept else None

    def flush(self, prediction_id: PredictionId) -> None:
        with suppress(StoreUnavailable):  # then it is for the database to know it
            if entry := self._journal.prediction(prediction_id):
                self._predictions.add(prediction_in(entry))  # once more in its turn: that changes nothing

    def _keeps(self, prediction: Prediction) -> bool:
        """In the journal; where this machine's disk takes nothing, straight in the database."""
        try:
            self._journal.put(entry_of_prediction(prediction))
        except StoreUnavailable:
            try:
                self._predictions.add(prediction)
            except TyreloopError as error:
                log.warning("not_kept", what="prediction", reason=str(error))
                return False
        self._came.set()
        return True

    def _keeps_photo(self, prediction: Prediction, photo: UploadedPhoto) -> bool:
        if not self._has_space():
            self._metrics.photos.labels("no_room").inc()
            return False
        try:
            self._photos.keep(prediction.photo_id, self._clean(photo.data))
        except Exception as error:
            self._metrics.photos.labels("failed").inc()
            log.warning(
                "not_kept", what="photo", reason=str(error), exc_info=not isinstance(error, TyreloopError)
            )
            return False
        self._metrics.photos.labels("kept").inc()
        return True

    def _send(self) -> None:
        while not self._stopping.is_set():
            if self._came.wait(LOOK_SECONDS):
                self._stopping.wait(GATHER_SECONDS)
            self._came.clear()
            if not self._sends_all():
                self._stopping.wait(REST_SECONDS)
        self._sends_all()

    def _sends_all(self) -> bool:
        """Whether nothing waits any more, or another process of this machine is sending."""
        try:
            with turn(self._journal.file.with_suffix(".lock")) as is_ours:
                while is_ours and (entries := self._journal.waiting(limit=TOGETHER)):
                    self._send_together(entries)
        except StoreUnavailable as error:
            log.warning("not_sent_yet", reason=str(error))
            return False
        except Exception:
            log.exception("not_sent_yet")
            return False
        return True

    def _send_together(self, entries: Sequence[OutboxEntry]) -> None:
        """All at once; where that fails, each alone, so that one that nobody takes holds up no other."""
        try:
            predictions = [prediction_in(entry) for entry in entries]
            self._predictions.add_all(predictions)
        except StoreUnavailable:
            raise
        except Exception as refusal:
            if len(entries) > 1:
                for entry in entries:
                    self._send_together([entry])
            else:
                log.exception("prediction_refused", prediction=entries[0].prediction_id)
                self._journal.set_aside(entries[0], type(refusal).__name__)
            return
        self._send_photos([prediction for prediction in predictions if prediction.keep_photo])
        self._journal.remove(entries)

    def _send_photos(self, predictions: Sequence[Prediction]) -> None:
        list(self._senders.map(self._photos.send, [one.photo_id for one in predictions]))
        if predictions:
            self._let_go_of_deleted(predictions)

    def _let_go_of_deleted(self, predictions: Sequence[Prediction]) -> None:
        """Of those whose visitors deleted them meanwhile, no photo may come back."""
        try:
            for photo_id in self._left_behind(predictions):
                self._photos.delete(photo_id)
        except StoreUnavailable:
            log.warning("deleted_photos_not_looked_for", photos=len(predictions))
