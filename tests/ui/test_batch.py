"""Many photos: each one's fate is its own, and the table tells it."""

from __future__ import annotations

import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from threading import Event

import pytest

from streamlit_ui.batch import Batch, Item, State
from streamlit_ui.photos_in_files import MOST_PHOTOS, ZIP_MEGABYTES, photos_in
from streamlit_ui.texts import Texts
from streamlit_ui.view_models.batch import ProgressView, batch_csv, batch_xlsx, summary, table_of
from streamlit_ui.view_models.sheet import csv_of
from tyreloop.client import ApiAnswer, ApiProblem, Tries
from tyreloop.domain.errors import PhotoTooLarge, UnreadablePhoto
from tyreloop.domain.photos import Prediction, UploadedPhoto

MB = 1_000_000
PAGES = Path(__file__).parents[2] / "streamlit_ui"
Judge = Callable[[UploadedPhoto, str, Tries], ApiAnswer]


def items(*names: str) -> list[Item]:
    return [Item(name, name.encode) for name in names]


def finished(batch: Batch) -> Batch:
    """Once every photo has its fate; the test's own time limit bounds the wait."""
    while batch.is_running:
        Event().wait(0.005)
    return batch


@pytest.fixture
def judge(a_prediction: Callable[..., Prediction]) -> Judge:
    def judge(photo: UploadedPhoto, _key: str, _tries: Tries) -> ApiAnswer:
        if photo.data == b"broken":
            raise ApiProblem("unreadable_photo", "req-1")
        return ApiAnswer(a_prediction(), is_from_demo_model=False, heat=None)

    return judge


def test_a_photo_that_fails_is_named_and_stops_nobody(judge: Judge, english: Texts) -> None:
    batch = finished(Batch(items("a", "broken", "c"), judge, lambda _: None))
    assert [item.state for item in batch.items] == [State.JUDGED, State.FAILED, State.JUDGED]
    assert table_of(batch, english)[1]["answer"] == "Cannot be opened as a photo"
    assert summary(batch, english) == "Looks damaged 2 · Failed 1"


def test_a_row_says_what_was_not_kept(judge: Judge, english: Texts) -> None:
    def full(photo: UploadedPhoto, key: str, tries: Tries) -> ApiAnswer:
        return replace(judge(photo, key, tries), is_kept=photo.data != b"b")

    batch = finished(Batch(items("a", "b"), full, lambda _: None))
    said = [row["answer"] for row in table_of(batch, english)]
    assert said == ["Looks damaged", "Looks damaged · not kept"]


def test_what_failed_can_be_tried_again(judge: Judge) -> None:
    away = True

    def sometimes_away(photo: UploadedPhoto, key: str, tries: Tries) -> ApiAnswer:
        if away:
            raise ApiProblem("api_away", "req-2")
        return judge(photo, key, tries)

    batch = finished(Batch(items("a", "b"), sometimes_away, lambda _: None))
    assert batch.count(State.FAILED) == 2
    away = False
    batch.retry()
    assert finished(batch).count(State.JUDGED) == 2


def test_cancelled_and_tried_again_no_photo_is_judged_twice(judge: Judge) -> None:
    """The service answers a key that it knows with the same prediction: what counts is one key a photo."""
    begun, go_on, keys = Event(), Event(), list[tuple[bytes, str]]()

    def slow(photo: UploadedPhoto, key: str, tries: Tries) -> ApiAnswer:
        keys.append((photo.data, key))
        begun.set()
        go_on.wait()
        return judge(photo, key, tries)

    batch = Batch(items(*"abcd"), slow, lambda _: None)
    begun.wait()
    batch.cancel()
    batch.retry()
    go_on.set()
    assert finished(batch).count(State.JUDGED) == 4
    assert len(set(keys)) == len({key for _, key in keys}) == 4


def test_cancelling_keeps_what_has_an_answer(judge: Judge) -> None:
    begun, go_on = Event(), Event()

    def slow(photo: UploadedPhoto, key: str, tries: Tries) -> ApiAnswer:
        begun.set()
        go_on.wait()
        return judge(photo, key, tries)

    batch = Batch(items(*"abcdefgh"), slow, lambda _: None)
    begun.wait()
    batch.cancel()
    go_on.set()
    assert not batch.is_running
    assert batch.count(State.CANCELLED) >= 6


def test_progress_says_how_many_are_done(judge: Judge, korean: Texts) -> None:
    batch = finished(Batch(items("a", "b"), judge, lambda _: None))
    assert ProgressView.of(batch, korean) == ProgressView(1.0, "2장 가운데 2장")


def test_sheets_hold_every_row_and_no_formula(judge: Judge, english: Texts) -> None:
    batch = finished(Batch(items("=HYPERLINK(1).jpg", "b"), judge, lambda _: None))
    text = batch_csv(batch, english).decode("utf-8-sig")
    assert "\n'=HYPERLINK(1).jpg," in text.replace("\r", "")
    book = zipfile.ZipFile(BytesIO(batch_xlsx(batch, english)))
    assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    assert b"=HYPERLINK(1).jpg" in book.read("xl/sharedStrings.xml")


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\n", " =", "\u200b=", "\uff1d", "\uff20"])
def test_no_cell_of_a_csv_is_calculated(begin: str) -> None:
    assert f"'{begin}1" in csv_of(["name"], [[f"{begin}1"]]).decode("utf-8-sig")


def zipped(**files: bytes) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def test_a_zip_gives_its_photos_and_nothing_else() -> None:
    data = zipped(**{"deep/a.jpg": b"A", "notes.txt": b"-", "__MACOSX/._a.jpg": b"-", "b.PNG": b"B"})
    photos = photos_in([("photos.zip", data), ("c.webp", b"C")], max_bytes=MB)
    assert [(photo.name, photo.load()) for photo in photos] == [
        ("a.jpg", b"A"),
        ("b.PNG", b"B"),
        ("c.webp", b"C"),
    ]


def test_a_photo_in_a_zip_is_bounded_before_it_is_unpacked() -> None:
    (photo,) = photos_in([("bomb.zip", zipped(**{"a.jpg": b"0" * (2 * MB)}))], max_bytes=MB)
    with pytest.raises(PhotoTooLarge):
        photo.load()


def test_a_damaged_zip_is_a_sentence() -> None:
    data = bytearray(zipped(**{"a.jpg": bytes(range(256)) * 8}))
    data[60:80] = bytes(20)
    (photo,) = photos_in([("broken.zip", bytes(data))], max_bytes=MB)
    with pytest.raises(UnreadablePhoto):
        photo.load()


def test_no_more_photos_than_the_page_takes() -> None:
    many = [(f"{number}.jpg", b"x") for number in range(MOST_PHOTOS + 50)]
    assert len(photos_in(many, max_bytes=MB)) == MOST_PHOTOS


def test_the_server_takes_zip_files_as_large_as_the_pages_promise() -> None:
    """It refused them above a photo's size: the uploaders' own limit is the browser's alone."""
    config = tomllib.loads((PAGES / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["maxUploadSize"] == ZIP_MEGABYTES
