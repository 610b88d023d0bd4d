"""Photos and their rows: what does not belong together is found and mended; what is over is let go."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from threading import Event
from urllib.parse import unquote, urlsplit

import pytest
from PIL import Image

from tests.contract.people import NOON, a_key, a_photo_id, dislike, prediction_of
from tests.fixtures.stores import kept_in
from tyreloop.domain.errors import PhotoNotFound
from tyreloop.domain.feedback import Correction, Label
from tyreloop.domain.photos import Answer, PhotoId, Prediction, UnusableReason, Verdict, new_visitor
from tyreloop.store.outbox import entry_of_prediction, journal_of
from tyreloop.store.photos import PhotoRows
from tyreloop.tasks.catalogue import task_named
from tyreloop.tasks.outboxes import LEFT_BEHIND_SECONDS
from tyreloop.tasks.task import Details, Tools, run_task
from tyreloop.worker.tidying import Tidier


def jpeg() -> bytes:
    data = BytesIO()
    Image.new("RGB", (64, 48), "grey").save(data, "JPEG")
    return data.getvalue()


def at_time(tools: Tools, now: datetime) -> Tools:
    return replace(tools, clock=lambda: now)


def run(name: str, tools: Tools) -> Details:
    details = run_task(task_named(name), tools)
    assert details is not None
    return details


def show(
    tools: Tools, *, with_photo: bool = True, keep_photo: bool = True, unusable: bool = False
) -> Prediction:
    prediction = prediction_of(new_visitor(), keep_photo=keep_photo)
    if unusable:
        verdict = Verdict(Answer.UNUSABLE, {}, UnusableReason.NOT_A_TYRE)
        prediction = replace(prediction, verdict=verdict)
    kept_in(tools.database).predictions.add(prediction)
    if with_photo:
        tools.photos.put(prediction.photo_id, jpeg())
    return prediction


def states(tools: Tools) -> dict[PhotoId, str]:
    return {photo: row.state for photo, row in PhotoRows(tools.database).by_id().items()}


def test_rows_learn_which_photos_arrived(tools: Tools) -> None:
    arrived, awaited = show(tools), show(tools, with_photo=False)
    assert run("mend-photos", at_time(tools, NOON))["arrived"] == 1
    assert states(tools) == {arrived.photo_id: "kept", awaited.photo_id: "awaited"}


def test_a_photo_that_was_lost_or_never_came_is_not_named_any_more(tools: Tools) -> None:
    lost = show(tools)
    show(tools, with_photo=False)
    run("mend-photos", at_time(tools, NOON))
    tools.photos.delete(lost.photo_id)
    details = run("mend-photos", at_time(tools, NOON + timedelta(days=2)))
    assert (details["lost"], details["never_came"]) == (1, 1)
    assert states(tools) == {}


def test_a_photo_without_a_row_is_deleted_once_no_row_can_be_on_its_way(tools: Tools) -> None:
    orphan, now = a_photo_id(), tools.clock()
    tools.photos.put(orphan, jpeg())
    tools.photos.thumbnail(orphan)
    assert run("mend-photos", at_time(tools, now + timedelta(hours=1)))["orphans_deleted"] == 0
    assert run("mend-photos", at_time(tools, now + timedelta(days=2)))["orphans_deleted"] == 1
    with pytest.raises(PhotoNotFound):
        tools.photos.get(orphan)


def test_old_photos_are_let_go_unless_somebody_corrected_them(tools: Tools) -> None:
    old, corrected = show(tools), show(tools)
    correction = Correction(corrected.id, corrected.visitor, Label.GOOD, NOON)
    kept_in(tools.database).corrections.save(correction, key=a_key())
    assert run("retention", at_time(tools, NOON + timedelta(days=179)))["photos"] == 0
    assert run("retention", at_time(tools, NOON + timedelta(days=181)))["photos"] == 1
    assert list(states(tools)) == [corrected.photo_id]
    assert list(tools.photos.ids()) == [corrected.photo_id]
    assert kept_in(tools.database).predictions.get(old.id) == old


def test_a_photo_that_nobody_let_us_keep_is_let_go(tools: Tools) -> None:
    show(tools, keep_photo=False)
    kept = show(tools)
    run("retention", at_time(tools, NOON + timedelta(days=1)))
    run("mend-photos", at_time(tools, tools.clock() + timedelta(days=2)))
    assert list(tools.photos.ids()) == [kept.photo_id]


def test_what_could_not_be_judged_is_let_go_after_a_day_unless_somebody_says_otherwise(tools: Tools) -> None:
    junk, disliked, good = show(tools, unusable=True), show(tools, unusable=True), show(tools)
    kept_in(tools.database).votes.save(dislike(disliked), key=a_key())
    assert run("retention", at_time(tools, NOON + timedelta(hours=20)))["photos"] == 0
    assert run("retention", at_time(tools, NOON + timedelta(hours=30)))["photos"] == 1
    assert junk.photo_id not in states(tools)
    assert {*states(tools)} == {disliked.photo_id, good.photo_id}


def test_what_was_half_written_when_a_process_died_goes_after_a_day(tools: Tools) -> None:
    folder = Path(unquote(urlsplit(tools.settings.photo_store).path)) / "whole"
    folder.mkdir(parents=True, exist_ok=True)
    young, old = folder / "a.jpg.1.part", folder / "a.jpg.2.part"
    for draft in (young, old):
        draft.write_bytes(b"half")
    os.utime(old, (1, 1))
    run("mend-photos", at_time(tools, NOON))
    assert (young.exists(), old.exists()) == (True, False)


def test_copies_for_training_go_with_their_photo(tools: Tools) -> None:
    kept, gone = show(tools), a_photo_id()
    folder = tools.settings.data_dir / "datasets" / "snapshot-first" / "photos"
    folder.mkdir(parents=True)
    for photo in (kept.photo_id, gone):
        (folder / f"{photo}.jpg").write_bytes(jpeg())
    assert run("mend-photos", at_time(tools, NOON))["copies_deleted"] == 1
    assert [file.stem for file in folder.iterdir()] == [kept.photo_id]
    (folder / f"{gone}.jpg").write_bytes(jpeg())
    assert (
        Tidier(tools.database, folder.parents[1], Event()).tidy() == 1
    )  # the worker, in a folder of its own
    assert [file.stem for file in folder.iterdir()] == [kept.photo_id]


def test_what_a_service_answered_that_never_comes_back_is_sent_by_the_task(tools: Tools) -> None:
    answered = prediction_of(new_visitor())
    with closing(journal_of(tools.settings)) as journal:
        journal.put(entry_of_prediction(answered))
        assert run("sweep-outboxes", tools)["sent"] == 0  # its service is about to
        journal._write("UPDATE entries SET put_at = put_at - ?", [(LEFT_BEHIND_SECONDS + 1,)])
        assert run("sweep-outboxes", tools)["sent"] == 1
        assert journal.count() == 0
    assert kept_in(tools.database).predictions.get(answered.id) == answered
