"""Predictions are kept after the answer; nothing that is slow or dead makes an answer wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from inference_api.metrics import Metrics
from inference_api.recorder import Recorder
from tests.fakes import FakePredictions
from tests.fixtures.stores import photos_in
from tyreloop.domain.errors import PhotoNotFound, StoreUnavailable
from tyreloop.domain.feedback import Delivery
from tyreloop.domain.photos import (
    Answer,
    ModelRef,
    PhotoId,
    Prediction,
    Source,
    UploadedPhoto,
    Verdict,
    Visitor,
    new_prediction_id,
)
from tyreloop.files.photos import ObjectPhotoStore
from tyreloop.ports import Predictions
from tyreloop.use_cases.photos import erase_photo
from tyreloop.use_cases.stores import Stores


def prediction_of(photo: UploadedPhoto, *, keep_photo: bool = True) -> Prediction:
    return Prediction(
        id=new_prediction_id(),
        photo_id=photo.id,
        photo_bytes=len(photo.data),
        visitor=Visitor("alice"),
        model=ModelRef("tyre-defect", 1),
        verdict=Verdict(Answer.GOOD, {"good": 0.9, "defective": 0.1}),
        source=Source.UI,
        made_at=datetime.now(UTC),
        request_id="request-1",
        keep_photo=keep_photo,
    )


def recorder_over(
    predictions: Predictions, photos: ObjectPhotoStore, metrics: Metrics, **changes: Any
) -> Recorder:
    """On a disk with room, where nobody deletes anything."""
    given: dict[str, Any] = {"clean": bytes, "left_behind": lambda predictions: [], "has_space": lambda: True}
    return Recorder(predictions, photos, metrics, **given | changes)


class StuckPredictions(FakePredictions):
    """A database that answers nobody until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.let_go = Event(), Event()

    def add_all(self, predictions: Sequence[Prediction]) -> Delivery:
        self.asked.set()
        self.let_go.wait(10)
        return super().add_all(predictions)


class PredictionsWithOneThatNobodyTakes(FakePredictions):
    """A store that cannot keep one of them, and nothing that comes with it."""

    def __init__(self, refused: Prediction) -> None:
        super().__init__()
        self._refused = refused

    def add_all(self, predictions: Sequence[Prediction]) -> Delivery:
        if self._refused in predictions:
            raise ValueError("a row that breaks a rule")
        return super().add_all(predictions)


class DeadPhotoStore(ObjectPhotoStore):
    def __init__(self) -> None:
        """There is no place at all."""

    def put(self, photo_id: PhotoId, jpeg: bytes) -> None:
        raise StoreUnavailable("The photo store cannot be written now.")


def kept(metrics: Metrics, counter: str, outcome: str) -> float:
    return metrics.registry.get_sample_value(f"tyreloop_{counter}_total", {"outcome": outcome}) or 0.0


def test_prediction_and_clean_photo_are_kept(tmp_path: Path) -> None:
    predictions, photos, metrics = FakePredictions(), photos_in(tmp_path), Metrics()
    recorder = recorder_over(predictions, photos, metrics, clean=lambda data: data[:3])
    photo = UploadedPhoto(b"pixels and secrets")
    prediction = prediction_of(photo)

    recorder.start()
    recorder.record(prediction, photo)
    recorder.stop()

    assert predictions.get(prediction.id) == prediction
    assert photos.get(photo.id) == b"pix"


def test_a_stuck_database_makes_nobody_wait_and_what_does_not_fit_is_counted(tmp_path: Path) -> None:
    stuck, photos, metrics = StuckPredictions(), photos_in(tmp_path), Metrics()
    recorder = recorder_over(stuck, photos, metrics, max_entries=2, max_photo_bytes=10)
    photo, large = UploadedPhoto(b"12345"), UploadedPhoto(b"1234567890")
    recorder.start()
    recorder.record(prediction_of(photo), photo)
    assert stuck.asked.wait(10)

    without_photo = prediction_of(large)
    assert not recorder.record(without_photo, large).keep_photo  # nobody is promised what cannot be kept
    assert recorder.record(prediction_of(photo), photo).keep_photo
    recorder.record(prediction_of(photo), photo)  # the queue is full

    assert kept(metrics, "photos_kept", "no_room") == 2  # the large one, and the fourth
    assert kept(metrics, "recorded", "no_room") == 1
    stuck.let_go.set()
    recorder.stop()
    assert stuck.get(without_photo.id) is not None
    with pytest.raises(PhotoNotFound):
        photos.get(large.id)


def test_one_prediction_that_cannot_be_kept_costs_no_other(tmp_path: Path) -> None:
    photo = UploadedPhoto(b"12345")
    first, refused, last = (prediction_of(photo) for _ in range(3))
    predictions, metrics = PredictionsWithOneThatNobodyTakes(refused), Metrics()
    recorder = recorder_over(predictions, photos_in(tmp_path), metrics)
    for prediction in (first, refused, last):
        recorder.record(prediction, photo)

    recorder.start()
    recorder.stop()

    assert (predictions.get(first.id), predictions.get(last.id)) == (first, last)
    assert kept(metrics, "recorded", "kept") == 2
    assert kept(metrics, "recorded", "failed") == 1


def test_a_dead_photo_store_costs_no_prediction() -> None:
    predictions, metrics = FakePredictions(), Metrics()
    recorder = recorder_over(predictions, DeadPhotoStore(), metrics)
    photo = UploadedPhoto(b"12345")
    prediction = prediction_of(photo)

    recorder.start()
    recorder.record(prediction, photo)
    recorder.stop()

    assert predictions.get(prediction.id) == prediction
    assert kept(metrics, "photos_kept", "failed") == 1


def test_a_photo_that_its_visitor_did_not_let_us_keep_is_stored_nowhere(tmp_path: Path) -> None:
    predictions, photos, metrics = FakePredictions(), photos_in(tmp_path), Metrics()
    recorder = recorder_over(predictions, photos, metrics)
    photo = UploadedPhoto(b"12345")
    prediction = prediction_of(photo, keep_photo=False)

    recorder.start()
    recorder.record(prediction, photo)
    recorder.stop()

    assert predictions.get(prediction.id) == prediction
    with pytest.raises(PhotoNotFound):
        photos.get(photo.id)


def test_a_prediction_that_somebody_speaks_about_is_kept_before_its_turn(tmp_path: Path) -> None:
    predictions, metrics = FakePredictions(), Metrics()
    recorder = recorder_over(predictions, photos_in(tmp_path), metrics)
    photo = UploadedPhoto(b"12345")
    early, late = prediction_of(photo), prediction_of(photo)
    recorder.record(early, photo)
    recorder.record(late, photo)

    recorder.flush(late.id)
    assert predictions.get(late.id) == late
    assert predictions.get(early.id) is None

    recorder.start()
    recorder.stop()
    recorder.flush(early.id)  # is kept: nothing to write
    assert predictions.get(early.id) == early


def test_a_photo_that_was_deleted_before_it_was_kept_does_not_come_back(stores: Stores) -> None:
    photo, metrics = UploadedPhoto(b"a photo that nobody shall see"), Metrics()
    mine, late = prediction_of(photo), prediction_of(photo)
    recorder = recorder_over(
        stores.predictions, stores.photos, metrics, left_behind=stores.erasures.left_behind
    )
    recorder.record(mine, photo)
    recorder.flush(mine.id)
    erase_photo(mine.id, by=mine.visitor, using=stores)
    recorder.start()
    recorder.stop()
    with pytest.raises(PhotoNotFound):
        stores.photos.get(photo.id)

    recorder = recorder_over(
        stores.predictions, stores.photos, metrics, left_behind=stores.erasures.left_behind
    )
    recorder.record(late, photo)  # somebody shows the same photo again: theirs is kept
    recorder.start()
    recorder.stop()
    assert stores.photos.get(photo.id) == photo.data


def test_where_the_disk_is_full_nothing_is_promised_and_no_photo_is_kept(tmp_path: Path) -> None:
    photos, metrics, photo = photos_in(tmp_path), Metrics(), UploadedPhoto(b"pixels")
    recorder = recorder_over(FakePredictions(), photos, metrics, has_space=lambda: False)
    recorder.record(prediction_of(photo), photo)
    assert not recorder.keeps
    recorder.start()
    recorder.stop()
    assert kept(metrics, "photos_kept", "no_room") == 1
    with pytest.raises(PhotoNotFound):
        photos.get(photo.id)


def test_where_the_last_ones_could_not_be_kept_nothing_is_promised_until_one_is(tmp_path: Path) -> None:
    photo = UploadedPhoto(b"pixels")
    refused = prediction_of(photo, keep_photo=False)
    predictions = PredictionsWithOneThatNobodyTakes(refused)
    recorder = recorder_over(predictions, photos_in(tmp_path), Metrics())
    said = []
    for prediction in (refused, prediction_of(photo, keep_photo=False)):
        recorder._keep_predictions([prediction])
        said.append(recorder.keeps)
    assert said == [False, True]
