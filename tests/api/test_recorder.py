"""What an answer says is kept is on a disk before it says so, whatever is away, full or killed meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
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
    Prediction,
    Source,
    UploadedPhoto,
    Verdict,
    Visitor,
    new_prediction_id,
)
from tyreloop.files.folder import FolderObjects, SpooledObjects
from tyreloop.files.photos import ObjectPhotoStore
from tyreloop.ports import Predictions
from tyreloop.store.delivery import OutboxErasures
from tyreloop.store.outbox import Outbox
from tyreloop.use_cases.photos import erase_photo
from tyreloop.use_cases.stores import Stores

PHOTO = UploadedPhoto(b"pixels and secrets")


def prediction_of(photo: UploadedPhoto = PHOTO, *, keep_photo: bool = True) -> Prediction:
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


OPENED: list[Outbox] = []


@pytest.fixture(autouse=True)
def closed_afterwards() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


def journal_in(folder: Path) -> Outbox:
    OPENED.append(Outbox(folder / "answers.sqlite"))
    return OPENED[-1]


def recorder_over(
    predictions: Predictions, photos: ObjectPhotoStore, folder: Path, **changes: Any
) -> Recorder:
    """With a journal in the folder, on a disk with room, where nobody deletes anything."""
    given: dict[str, Any] = {
        "journal": journal_in(folder),
        "metrics": Metrics(),
        "clean": bytes,
        "left_behind": lambda predictions: [],
        "has_space": lambda: True,
    }
    return Recorder(predictions, photos, **given | changes)


def sent(recorder: Recorder) -> None:
    """All that was recorded is in its place."""
    recorder.start()
    recorder.stop(wait_seconds=60)


def outcome(metrics: Metrics, counter: str, outcome: str) -> float:
    return metrics.registry.get_sample_value(f"tyreloop_{counter}_total", {"outcome": outcome}) or 0.0


class Bucket(FolderObjects):
    """Somewhere else, in that it may be away or refuse."""

    is_away = True

    def write(self, name: str, data: bytes) -> None:
        if self.is_away:
            raise StoreUnavailable("403 Forbidden")
        super().write(name, data)


class FullFolder(FolderObjects):
    """A disk that takes nothing more."""

    def write(self, name: str, data: bytes) -> None:
        raise StoreUnavailable("No space left on device")


class NoDatabase(FakePredictions):
    def add_all(self, predictions: Sequence[Prediction]) -> Delivery:
        raise StoreUnavailable("The database does not answer.")


class StuckPredictions(FakePredictions):
    """A database that answers nobody until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.let_go = Event(), Event()

    def add_all(self, predictions: Sequence[Prediction]) -> Delivery:
        self.asked.set()
        self.let_go.wait(60)
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


class FullOutbox(Outbox):
    def put(self, *entries: object) -> None:
        raise StoreUnavailable("database or disk is full")


def test_prediction_and_clean_photo_are_kept(tmp_path: Path) -> None:
    predictions, photos, metrics = FakePredictions(), photos_in(tmp_path), Metrics()
    recorder = recorder_over(predictions, photos, tmp_path, metrics=metrics, clean=lambda data: data[:3])
    prediction = prediction_of()

    assert recorder.record(prediction, PHOTO) == prediction
    sent(recorder)

    assert predictions.get(prediction.id) == prediction
    assert photos.get(PHOTO.id) == b"pix"
    assert outcome(metrics, "recorded", "kept") == outcome(metrics, "photos_kept", "kept") == 1


@pytest.mark.parametrize("place", [FolderObjects, Bucket])
def test_what_a_killed_process_had_answered_is_kept_by_the_next(
    tmp_path: Path, place: type[FolderObjects]
) -> None:
    bucket = place(tmp_path / "bucket")
    photos = ObjectPhotoStore(SpooledObjects(bucket, FolderObjects(tmp_path / "spool")))
    killed = recorder_over(FakePredictions(), photos, tmp_path)  # before it sent anything
    answered = [killed.record(prediction_of(), PHOTO) for _ in range(40)]

    predictions, journal = FakePredictions(), journal_in(tmp_path)
    sent(recorder_over(predictions, photos, tmp_path, journal=journal))
    assert journal.count() == 0
    assert all(one and predictions.get(one.id) == one for one in answered)
    assert photos.get(PHOTO.id) == PHOTO.data


def test_no_answer_promises_a_photo_that_finds_no_room_while_its_store_is_away(tmp_path: Path) -> None:
    bucket, spool = Bucket(tmp_path / "bucket"), FolderObjects(tmp_path / "spool")
    photos = ObjectPhotoStore(SpooledObjects(bucket, spool, max_waiting=3))
    metrics = Metrics()
    recorder = recorder_over(FakePredictions(), photos, tmp_path, metrics=metrics)
    shown = [UploadedPhoto(bytes([number])) for number in range(5)]
    kept = [recorder.record(prediction_of(photo), photo) for photo in shown]
    assert [one.keep_photo for one in kept if one] == [True, True, True, False, False]
    assert outcome(metrics, "photos_kept", "failed") == 2
    sent(recorder)  # which it is not: the store refuses
    assert {photo.id for photo in shown[:3]} == set(photos.ids())
    bucket.is_away = False
    assert photos.send_waiting() == 3
    assert [photos.get(photo.id) for photo in shown[:3]] == [photo.data for photo in shown[:3]]


def test_a_disk_that_fills_up_between_the_look_and_the_write_promises_no_photo(tmp_path: Path) -> None:
    full = FullFolder(tmp_path)
    recorder = recorder_over(FakePredictions(), ObjectPhotoStore(SpooledObjects(full, full)), tmp_path)
    kept = recorder.record(prediction_of(), PHOTO)
    assert kept
    assert not kept.keep_photo


def test_where_there_is_little_room_left_no_photo_is_kept(tmp_path: Path) -> None:
    photos, metrics = photos_in(tmp_path), Metrics()
    recorder = recorder_over(FakePredictions(), photos, tmp_path, metrics=metrics, has_space=lambda: False)
    kept = recorder.record(prediction_of(), PHOTO)
    assert kept
    assert not kept.keep_photo
    assert outcome(metrics, "photos_kept", "no_room") == 1
    assert not photos.holds(PHOTO.id)


def test_where_this_disk_takes_nothing_the_database_does_and_without_it_nothing_is_promised(
    tmp_path: Path,
) -> None:
    metrics, prediction, journal = Metrics(), prediction_of(), FullOutbox(tmp_path / "full.sqlite")
    for predictions, kept in ((FakePredictions(), prediction), (NoDatabase(), None)):
        recorder = recorder_over(predictions, photos_in(tmp_path), tmp_path, metrics=metrics, journal=journal)
        assert recorder.record(prediction, PHOTO) == kept
        assert predictions.get(prediction.id) == kept
    assert outcome(metrics, "recorded", "failed") == 1


def test_a_stuck_database_makes_nobody_wait(tmp_path: Path) -> None:
    stuck = StuckPredictions()
    recorder = recorder_over(stuck, photos_in(tmp_path), tmp_path)
    recorder.start()
    first = recorder.record(prediction_of(), PHOTO)
    assert stuck.asked.wait(60)
    second = recorder.record(prediction_of(), PHOTO)  # is answered
    stuck.let_go.set()
    recorder.stop(wait_seconds=60)
    assert all(one and stuck.get(one.id) == one for one in (first, second))


def test_many_at_once_are_all_kept(tmp_path: Path) -> None:
    predictions = FakePredictions()
    recorder = recorder_over(predictions, photos_in(tmp_path), tmp_path)
    recorder.start()
    with ThreadPoolExecutor(16) as people:
        kept = list(people.map(lambda _: recorder.record(prediction_of(), PHOTO), range(200)))
    recorder.stop(wait_seconds=60)
    assert all(one and predictions.get(one.id) == one for one in kept)


def test_one_prediction_that_nobody_takes_costs_no_other_and_stays_for_people_to_look_at(
    tmp_path: Path,
) -> None:
    first, refused, last = (prediction_of() for _ in range(3))
    predictions = PredictionsWithOneThatNobodyTakes(refused)
    journal = journal_in(tmp_path)
    recorder = recorder_over(predictions, photos_in(tmp_path), tmp_path, journal=journal)
    for prediction in (first, refused, last):
        recorder.record(prediction, PHOTO)
    sent(recorder)
    assert (predictions.get(first.id), predictions.get(last.id)) == (first, last)
    assert (journal.count(), journal.count(set_aside=True)) == (0, 1)


def test_a_photo_that_its_visitor_did_not_let_us_keep_is_stored_nowhere(tmp_path: Path) -> None:
    predictions, photos = FakePredictions(), photos_in(tmp_path)
    recorder = recorder_over(predictions, photos, tmp_path)
    prediction = prediction_of(keep_photo=False)

    recorder.record(prediction, PHOTO)
    sent(recorder)

    assert predictions.get(prediction.id) == prediction
    with pytest.raises(PhotoNotFound):
        photos.get(PHOTO.id)


def test_a_prediction_that_somebody_speaks_about_is_sent_before_its_turn(tmp_path: Path) -> None:
    predictions = FakePredictions()
    recorder = recorder_over(predictions, photos_in(tmp_path), tmp_path)
    early, late = prediction_of(), prediction_of()
    recorder.record(early, PHOTO)
    recorder.record(late, PHOTO)

    recorder_over(predictions, photos_in(tmp_path), tmp_path).flush(late.id)  # whichever process they reach
    assert predictions.get(late.id) == late
    assert predictions.get(early.id) is None

    sent(recorder)
    recorder.flush(early.id)  # is there: nothing to send
    assert predictions.get(early.id) == early


def test_a_photo_that_was_deleted_before_it_was_sent_does_not_come_back(
    stores: Stores, tmp_path: Path
) -> None:
    mine, of_bob = prediction_of(), replace(prediction_of(), visitor=Visitor("bob"))
    journal, outbox = journal_in(tmp_path), Outbox(tmp_path / "outbox.sqlite")
    OPENED.append(outbox)
    erasing = OutboxErasures(stores.erasures, outbox, journal, lambda _: None)

    def recorder() -> Recorder:
        left_behind = stores.erasures.left_behind
        return recorder_over(
            stores.predictions, stores.photos, tmp_path, left_behind=left_behind, journal=journal
        )

    first = recorder()
    first.record(mine, PHOTO)
    first.flush(mine.id)
    erase_photo(mine.id, by=mine.visitor, using=stores)
    sent(first)
    with pytest.raises(PhotoNotFound):
        stores.photos.get(PHOTO.id)

    second, again = recorder(), prediction_of()
    second.record(again, PHOTO)
    second.flush(again.id)
    second.record(of_bob, PHOTO)  # somebody shows the same photo just before it is deleted: theirs stays
    assert erasing.erase(again.id, again.visitor).orphan is None
    sent(second)
    assert stores.photos.get(PHOTO.id) == PHOTO.data
