"""Datasets: the inbox fills by reviews, a snapshot never changes, removed photos come back for a while."""

from __future__ import annotations

import json
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_BZIP2, ZIP_LZMA, ZipFile

import psycopg2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.datasets.conftest import SUE, Shelf, a_jpeg
from tests.review.conftest import KIM
from tyreloop.domain.damage import DamageKind
from tyreloop.domain.datasets import (
    Item,
    Labelled,
    LookAlikes,
    Part,
    Snapshot,
    group_in_part,
    grow,
    hash_of_place,
    part_of,
)
from tyreloop.domain.errors import (
    Conflict,
    InvalidRequest,
    NameTaken,
    NotAllowed,
    NotFound,
    PhotoTooLarge,
    UnreadablePhoto,
)
from tyreloop.domain.feedback import Label
from tyreloop.domain.photos import PhotoId, UploadedPhoto
from tyreloop.files.dataset_files import as_csv, as_json_lines, read_zip, write_zip
from tyreloop.files.zips import open_zip
from tyreloop.learning.datasets.importing import import_photos
from tyreloop.learning.datasets.lesson_book import part_of as part_in_training
from tyreloop.learning.datasets.lesson_book import read_book
from tyreloop.store.datasets import PostgresDatasets
from tyreloop.store.db import Database
from tyreloop.use_cases.datasets import (
    compare_datasets,
    freeze_dataset,
    list_images,
    pack_dataset,
    remove_image,
    restore_image,
    unpack_dataset,
)
from tyreloop.vision.clean import without_metadata
from tyreloop.vision.fingerprint import fingerprint_of
from tyreloop.worker.materialize import materialize

DAY = 24 * 60


def inbox(shelf: Shelf) -> dict[str, Label]:
    return {photo.photo_id: photo.label for photo in shelf.using.datasets.inbox()}


def test_reviewed_photos_wait_in_the_inbox_until_they_are_frozen(shelf: Shelf) -> None:
    damaged, good = shelf.reviewed(1), shelf.reviewed(2, Label.GOOD)
    assert inbox(shelf) == {damaged: Label.DEFECTIVE, good: Label.GOOD}
    snapshot = freeze_dataset("november", by=SUE, using=shelf.using)
    assert {item.photo_id: item.label for item in snapshot.items} == {
        damaged: Label.DEFECTIVE,
        good: Label.GOOD,
    }
    assert inbox(shelf) == {}
    assert shelf.using.datasets.get("november") == snapshot


def test_a_snapshot_knows_its_parent_and_holds_what_it_held(shelf: Shelf) -> None:
    first = shelf.reviewed(1)
    freeze_dataset("one", by=SUE, using=shelf.using)
    second = shelf.reviewed(2)
    child = freeze_dataset("two", by=SUE, using=shelf.using)
    assert child.parent == "one"
    assert {item.photo_id for item in child.items} == {first, second}
    newest, oldest = shelf.using.datasets.all()
    assert (newest.name, newest.parent, oldest.name, oldest.parent) == ("two", "one", "one", None)
    assert newest.content_hash == child.content_hash != oldest.content_hash
    assert sum(newest.counts.values()) == 2
    before = shelf.using.datasets.get("one")
    assert before is not None
    assert {item.photo_id for item in before.items} == {first}


def test_photos_are_found_by_their_places(shelf: Shelf) -> None:
    first, second = shelf.reviewed(1), shelf.reviewed(2)
    freeze_dataset("one", by=SUE, using=shelf.using)
    shelf.reviewed(3)
    freeze_dataset("two", by=SUE, using=shelf.using)
    places = {hash_of_place(photo): photo for photo in (first, second)}
    assert shelf.using.datasets.photos_at([*places, "f" * 64]) == places
    assert shelf.using.datasets.photos_at([]) == {}


def test_a_new_review_brings_a_photo_back_with_its_new_label_and_its_old_part(shelf: Shelf) -> None:
    photo = shelf.reviewed(1)
    freeze_dataset("one", by=SUE, using=shelf.using)
    shelf.decide(photo, Label.GOOD)
    assert inbox(shelf) == {photo: Label.GOOD}
    freeze_dataset("two", by=SUE, using=shelf.using)
    difference = compare_datasets("one", "two", by=SUE, using=shelf.using)
    [(before, after)] = difference.relabelled
    assert (before.label, after.label, before.part) == (Label.DEFECTIVE, Label.GOOD, after.part)
    assert not difference.added
    assert not difference.gone


def test_nothing_new_is_not_frozen_again(shelf: Shelf) -> None:
    with pytest.raises(Conflict):
        freeze_dataset("empty", by=SUE, using=shelf.using)
    shelf.reviewed(1)
    freeze_dataset("one", by=SUE, using=shelf.using)
    with pytest.raises(Conflict):
        freeze_dataset("again", by=SUE, using=shelf.using)
    shelf.reviewed(2)
    with pytest.raises(NameTaken):
        freeze_dataset("one", by=SUE, using=shelf.using)
    assert len(shelf.using.datasets.all()) == 1


@pytest.mark.parametrize("name", ["untrained", "", "x", "Two", "a/b", "..", "a" * 65])
def test_odd_names_are_refused(shelf: Shelf, name: str) -> None:
    shelf.reviewed(1)
    with pytest.raises(InvalidRequest):
        freeze_dataset(name, by=SUE, using=shelf.using)


def test_a_photo_that_is_not_at_hand_waits(shelf: Shelf) -> None:
    here, away = shelf.reviewed(1), shelf.reviewed(2)
    shelf.using.photos.delete(away)
    assert [item.photo_id for item in freeze_dataset("one", by=SUE, using=shelf.using).items] == [here]
    assert list(inbox(shelf)) == [away]


def test_photos_that_look_alike_are_in_the_same_part(shelf: Shelf) -> None:
    for seed in range(12):
        shelf.reviewed(seed)
        shelf.reviewed(seed, quality=60)
    items = freeze_dataset("pairs", by=SUE, using=shelf.using).items
    groups = {photo: fingerprint_of(shelf.using.photos.get(photo)) for photo in _ids(items)}
    parts = {item.photo_id: item.part for item in items}
    for one, look in groups.items():
        for other, its_look in groups.items():
            if (look ^ its_look) & (2**64 - 1) == 0:
                assert parts[one] is parts[other]
    assert len(items) == 24


def _ids(items: Any) -> list[PhotoId]:
    return [item.photo_id for item in items if item.photo_id is not None]


def test_what_was_removed_stays_out_until_it_is_restored(shelf: Shelf) -> None:
    kept, bad = shelf.reviewed(1), shelf.reviewed(2)
    freeze_dataset("one", by=SUE, using=shelf.using)
    remove_image(bad, by=SUE, using=shelf.using)
    assert [item.photo_id for item in freeze_dataset("two", by=SUE, using=shelf.using).items] == [kept]
    assert len(list_images("one", by=SUE, using=shelf.using)) == 2
    shelf.queue.time.minutes += 29 * DAY
    restore_image(bad, by=SUE, using=shelf.using)
    three = freeze_dataset("three", parent="one", by=SUE, using=shelf.using)
    assert {item.photo_id for item in three.items} == {kept, bad}
    with pytest.raises(NotFound):
        restore_image(bad, by=SUE, using=shelf.using)


def test_after_thirty_days_it_is_gone_for_good(shelf: Shelf) -> None:
    photo = shelf.reviewed(1)
    remove_image(photo, by=SUE, using=shelf.using)
    assert inbox(shelf) == {}
    shelf.queue.time.minutes += 30 * DAY + 1
    with pytest.raises(Conflict):
        restore_image(photo, by=SUE, using=shelf.using)
    with pytest.raises(NotFound):
        remove_image(PhotoId("0" * 64), by=SUE, using=shelf.using)


def test_each_change_leaves_its_line(shelf: Shelf) -> None:
    photo = shelf.reviewed(1)
    freeze_dataset("one", by=SUE, using=shelf.using)
    remove_image(photo, by=SUE, using=shelf.using)
    restore_image(photo, by=SUE, using=shelf.using)
    lines = [(line.actor, line.action) for line in shelf.using.audit.latest(limit=3)]
    assert lines == [("user:sue", action) for action in ("image_restored", "image_removed", "dataset_frozen")]


def test_reviewers_do_not_curate(shelf: Shelf) -> None:
    shelf.reviewed(1)
    for refused in (
        lambda: freeze_dataset("one", by=KIM, using=shelf.using),
        lambda: list_images("untrained", by=KIM, using=shelf.using),
        lambda: pack_dataset("untrained", by=KIM, using=shelf.using),
    ):
        with pytest.raises(NotAllowed):
            refused()


def packed(shelf: Shelf, name: str) -> BytesIO:
    archive = BytesIO()
    write_zip(archive, pack_dataset(name, by=SUE, using=shelf.using))
    return archive


def no_cleaning(data: bytes) -> bytes:
    return data


def test_a_dataset_goes_out_and_comes_in_unchanged(shelf: Shelf) -> None:
    for seed, label in enumerate((Label.GOOD, Label.DEFECTIVE, Label.NOT_A_TYRE, Label.UNUSABLE)):
        shelf.reviewed(seed, label)
    out = freeze_dataset("out", by=SUE, using=shelf.using)
    archive = packed(shelf, "out")
    photos = {photo_id: shelf.using.photos.get(photo_id) for photo_id in _ids(out.items)}
    for photo_id in photos:
        shelf.using.photos.delete(photo_id)
    back = unpack_dataset("back", read_zip(archive, clean=no_cleaning), by=SUE, using=shelf.using)
    assert back.content_hash == out.content_hash
    assert shelf.using.datasets.get("back") == back
    assert {photo_id: shelf.using.photos.get(photo_id) for photo_id in photos} == photos
    assert packed(shelf, "back").getvalue() == archive.getvalue()


def test_kinds_go_from_a_reviewer_into_the_lessons_and_along_with_a_zip(shelf: Shelf, tmp_path: Path) -> None:
    photo = shelf.reviewed(1, kinds=(DamageKind.NAIL, DamageKind.CRACK))
    first = freeze_dataset("one", by=SUE, using=shelf.using)
    assert first.items[0].kinds == (DamageKind.CRACK, DamageKind.NAIL)
    assert inbox(shelf) == {}

    shelf.decide(photo, Label.DEFECTIVE, kinds=(DamageKind.CRACK,))
    assert inbox(shelf) == {photo: Label.DEFECTIVE}
    second = freeze_dataset("two", by=SUE, using=shelf.using)
    assert len(compare_datasets("one", "two", by=SUE, using=shelf.using).relabelled) == 1
    assert second.content_hash != first.content_hash

    [entry] = read_book(materialize(second, tmp_path, shelf.using.photos)).entries
    assert (entry.label, entry.kinds) == ("defective", "crack")
    back = unpack_dataset(
        "back", read_zip(packed(shelf, "one"), clean=no_cleaning), by=SUE, using=shelf.using
    )
    assert back.content_hash == first.content_hash


def test_the_inbox_can_be_taken_along_too(shelf: Shelf) -> None:
    photo = shelf.reviewed(1, Label.NOT_A_TYRE)
    names = ZipFile(packed(shelf, "untrained")).namelist()
    assert [name for name in names if name.endswith(f"/not_a_tyre/{photo}.jpg")]


def test_a_tampered_zip_is_refused(shelf: Shelf) -> None:
    shelf.reviewed(1)
    freeze_dataset("out", by=SUE, using=shelf.using)
    whole = ZipFile(packed(shelf, "out"))
    for broken in ("photo", "manifest", "no zip"):
        archive = BytesIO(b"not a zip")
        if broken != "no zip":
            archive = BytesIO()
            with ZipFile(archive, "w") as changed:
                for name in whole.namelist():
                    data = whole.read(name)
                    data += b"x" if broken == "photo" and name.endswith(".jpg") else b""
                    data = data.replace(b"defective", b"excellent") if broken == "manifest" else data
                    changed.writestr(name, data)
        with pytest.raises(InvalidRequest):
            unpack_dataset("back", read_zip(archive, clean=no_cleaning), by=SUE, using=shelf.using)
    assert shelf.using.datasets.get("back") is None


def test_folders_named_by_label_come_in_too_and_are_cleaned(shelf: Shelf) -> None:
    archive = BytesIO()
    with ZipFile(archive, "w") as folders:
        folders.writestr("set/train/good/1.jpg", a_jpeg(1))
        folders.writestr("set/test/defective/2.jpg", a_jpeg(2))
        folders.writestr("set/readme.txt", "thanks")
    snapshot = unpack_dataset(
        "public", read_zip(archive, clean=lambda data: data[:-2] + b"\xff\xd9"), by=SUE, using=shelf.using
    )
    assert sorted(item.label for item in snapshot.items) == [Label.DEFECTIVE, Label.GOOD]


def test_tables_and_lines_say_the_same(shelf: Shelf) -> None:
    shelf.reviewed(1)
    items = freeze_dataset("one", by=SUE, using=shelf.using).items
    assert as_csv(items).splitlines()[0] == "item_hash,photo_id,label,part,kinds"
    assert items[0].item_hash in as_csv(items)
    assert as_json_lines(items).count("\n") == 1


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from([Label.GOOD, Label.DEFECTIVE])), max_size=30))
def test_growing_keeps_parts_and_the_newest_label(reviews: list[tuple[int, Label]]) -> None:
    parent: list[Item] = []
    labels: dict[str, Label] = {}
    parts: dict[str, Part] = {}
    for number, label in reviews:
        photo = PhotoId(f"{number:064x}")
        parent = grow(parent, [Labelled(photo, label, group=f"group-{len(parts)}")], removed=[])
        labels[photo] = label
        parts.setdefault(photo, next(item.part for item in parent if item.photo_id == photo))
    assert {item.photo_id: item.label for item in parent} == labels
    assert {item.photo_id: item.part for item in parent} == parts


@given(st.text(alphabet="0123456789abcdef", min_size=64, max_size=64))
def test_exam_photos_are_exam_photos_in_training_too(group: str) -> None:
    assert (part_of(group) is Part.EXAM) == (part_in_training(group).value == "exam")
    for part in Part:
        assert part_of(group_in_part(PhotoId(group), part)) is part


def test_the_database_itself_keeps_a_snapshot(database: Database, database_dsn: dict[str, Any]) -> None:
    connection = psycopg2.connect(**database_dsn)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO datasets (name, content_hash, created_by, frozen_at) "
            "VALUES ('one', 'x', 'sue', now())"
        )
        cursor.execute(
            "INSERT INTO dataset_items SELECT id, 'place', NULL, 'good', 'lesson', now() FROM datasets"
        )
    for statement in (
        "UPDATE dataset_items SET label = 'defective'",
        "UPDATE dataset_items SET part = 'exam'",
        "DELETE FROM dataset_items",
        "UPDATE datasets SET content_hash = 'y'",
        "DELETE FROM datasets",
    ):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege), connection, connection.cursor() as cursor:
            cursor.execute(statement)
    connection.close()
    kept = PostgresDatasets(database).get("one")
    assert kept is not None
    assert [item.label for item in kept.items] == [Label.GOOD]


def held(shelf: Shelf, name: str) -> set[PhotoId]:
    return set(_ids(list_images(name, by=SUE, using=shelf.using)))


def folders(*photos: tuple[str, bytes]) -> BytesIO:
    archive = BytesIO()
    with ZipFile(archive, "w") as written:
        for name, data in photos:
            written.writestr(name, data)
    return archive


def bring_in(shelf: Shelf, name: str, archive: BytesIO) -> Snapshot:
    return unpack_dataset(name, read_zip(archive, clean=without_metadata), by=SUE, using=shelf.using)


def test_an_import_does_not_take_corrections_out_of_later_snapshots(shelf: Shelf) -> None:
    early = {shelf.reviewed(seed) for seed in range(6)}
    freeze_dataset("first", by=SUE, using=shelf.using)
    mine = bring_in(shelf, "mine", folders(*((f"good/{seed}.jpg", a_jpeg(seed)) for seed in range(20, 30))))
    late = {shelf.reviewed(seed) for seed in range(40, 43)}
    third = freeze_dataset("third", by=SUE, using=shelf.using)
    assert third.parent == "mine"
    assert held(shelf, "third") == early | late | set(_ids(mine.items))
    chosen = freeze_dataset("chosen", parent="first", by=SUE, using=shelf.using)
    assert (chosen.parent, held(shelf, "chosen")) == ("first", early | late)


def test_a_restored_photo_is_in_the_next_snapshot_again(shelf: Shelf) -> None:
    kept, bad = shelf.reviewed(1), shelf.reviewed(2)
    freeze_dataset("one", by=SUE, using=shelf.using)
    remove_image(bad, by=SUE, using=shelf.using)
    freeze_dataset("two", by=SUE, using=shelf.using)
    restore_image(bad, by=SUE, using=shelf.using)
    freeze_dataset("three", by=SUE, using=shelf.using)
    assert held(shelf, "three") == {kept, bad}


def test_a_receipt_says_why_a_correction_is_not_in_a_later_snapshot(shelf: Shelf) -> None:
    photo, _ = shelf.reviewed(1), shelf.reviewed(2)
    freeze_dataset("first", by=SUE, using=shelf.using)
    bring_in(shelf, "mine", folders(("good/20.jpg", a_jpeg(20))))
    remove_image(photo, by=SUE, using=shelf.using)
    freeze_dataset("third", by=SUE, using=shelf.using)
    receipt = shelf.using.receipts.get(shelf.predictions[photo], shelf.queue.visitor)
    assert receipt is not None
    assert receipt.placement is not None
    assert receipt.placement.snapshot == "first"
    assert receipt.left_out == {"mine": "imported", "third": "removed"}


def a_manifest(data: bytes, *, photo_id: str, file: str = "lesson/good/x.jpg", **changes: str) -> BytesIO:
    row = {
        "item_hash": hash_of_place(PhotoId(photo_id)),
        "photo_id": photo_id,
        "label": "good",
        "part": "lesson",
        "file": file,
        "sha256": sha256(data).hexdigest(),
    }
    return folders((file, data), ("manifest.jsonl", (json.dumps(row | changes) + "\n").encode()))


def test_an_import_never_replaces_a_photo_whatever_name_its_manifest_gives(shelf: Shelf) -> None:
    photo, other = shelf.reviewed(1), a_jpeg(77)
    before = shelf.using.photos.get(photo)
    snapshot = bring_in(shelf, "evil", a_manifest(other, photo_id=photo))
    assert shelf.using.photos.get(photo) == before
    [own] = _ids(snapshot.items)
    assert own == sha256(other).hexdigest()
    assert shelf.using.photos.get(own) == without_metadata(other)


def test_a_photo_that_is_here_under_its_name_keeps_it(shelf: Shelf) -> None:
    with_place = without_metadata(a_jpeg(1)) + b"trailing"
    photo = UploadedPhoto(with_place)
    shelf.using.photos.put(photo.id, without_metadata(with_place))
    snapshot = bring_in(shelf, "back", a_manifest(without_metadata(with_place), photo_id=photo.id))
    assert _ids(snapshot.items) == [photo.id]


@pytest.mark.parametrize("climbing", ["../../escaped", "/escaped", "..\\escaped", "A" * 64])
def test_an_import_writes_nothing_outside_the_store(shelf: Shelf, climbing: str, tmp_path: Path) -> None:
    bring_in(shelf, "evil", a_manifest(a_jpeg(5), photo_id=climbing, file="../../../escaped.jpg"))
    assert not list(tmp_path.parent.rglob("*escaped.jpg"))
    own = sha256(a_jpeg(5)).hexdigest()
    assert list(shelf.using.photos.ids()) == [own]


@pytest.mark.parametrize(
    "changes",
    [
        {"item_hash": "../../x"},
        {"item_hash": "f" * 64},
        {"label": "excellent"},
        {"part": "nothing"},
        {"sha256": "f" * 64},
        {"file": "not/there.jpg"},
    ],
)
def test_a_refused_import_leaves_nothing(shelf: Shelf, changes: dict[str, str]) -> None:
    good = a_manifest(a_jpeg(5), photo_id=sha256(a_jpeg(5)).hexdigest())
    with ZipFile(good) as whole:
        rows = (
            whole.read("manifest.jsonl")
            + (json.dumps(json.loads(whole.read("manifest.jsonl")) | changes)).encode()
        )
    archive = folders(("lesson/good/x.jpg", a_jpeg(5)), ("manifest.jsonl", rows))
    with pytest.raises(InvalidRequest):
        bring_in(shelf, "evil", archive)
    assert list(shelf.using.photos.ids()) == []
    assert shelf.using.datasets.get("evil") is None
    assert list(shelf.using.datasets.looks()) == []


def test_a_name_that_is_taken_leaves_nothing_either(shelf: Shelf) -> None:
    shelf.reviewed(1)
    freeze_dataset("one", by=SUE, using=shelf.using)
    before = set(shelf.using.photos.ids())
    with pytest.raises(NameTaken):
        bring_in(shelf, "one", folders(("good/5.jpg", a_jpeg(5))))
    assert set(shelf.using.photos.ids()) == before


def test_an_imported_manifests_photo_loses_what_its_camera_wrote(shelf: Shelf) -> None:
    exif = Image.Exif()
    exif[0x010F] = "a camera of the tests"
    written = BytesIO()
    Image.open(BytesIO(a_jpeg(5))).save(written, "JPEG", exif=exif)
    data = written.getvalue()
    assert b"a camera of the tests" in data
    snapshot = bring_in(shelf, "mine", a_manifest(data, photo_id=sha256(data).hexdigest()))
    [photo] = _ids(snapshot.items)
    assert b"a camera of the tests" not in shelf.using.photos.get(photo)


def test_copies_of_one_photo_in_a_zip_are_all_in_one_part(shelf: Shelf) -> None:
    copies = [(f"good/{quality}.jpg", a_jpeg(3, quality)) for quality in range(60, 85)]
    items = bring_in(shelf, "copies", folders(*copies)).items
    assert len(items) == len(copies)
    assert len({(item.part, item.is_held_out) for item in items}) == 1


def test_page_and_shell_split_the_same_photos_alike(shelf: Shelf, tmp_path: Path) -> None:
    """In the order of their names each group is called after the same photo on both roads."""
    names = [f"good/{seed:02}-{quality}.jpg" for seed in range(20) for quality in (75, 90)]
    photos = [(name, a_jpeg(int(name[5:7]), int(name[8:10]))) for name in names]
    archive = folders(*photos)
    by_page = {str(item.photo_id): item.part is Part.EXAM for item in bring_in(shelf, "page", archive).items}
    for name, jpeg in photos:
        (tmp_path / "in" / "good").mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(jpeg)
    book = import_photos(tmp_path / "in", tmp_path / "shell", name="shell").book
    assert book is not None
    assert {entry.sha256: entry.part == "exam" for entry in book.entries} == by_page
    assert set(by_page.values()) == {True, False}


@given(st.lists(st.integers(0, 2**64 - 1), max_size=12), st.data())
def test_the_nearest_look_is_found(known: list[int], data: st.DataObject) -> None:
    looks = LookAlikes((look, f"group {look}") for look in known)
    wanted = data.draw(st.integers(0, 2**64 - 1))
    if known:
        flips = data.draw(st.sets(st.integers(0, 63), max_size=9))
        wanted = data.draw(st.sampled_from(known)) ^ sum(1 << bit for bit in flips)
    apart = min(((look ^ wanted).bit_count() for look in known), default=64)
    found = looks.group_near(wanted - 2**64 if wanted >= 2**63 else wanted)
    if apart > 6:
        assert found is None
    else:
        assert found is not None
        assert (int(found.removeprefix("group ")) ^ wanted).bit_count() == apart


def test_a_zip_of_too_many_files_is_refused_before_it_is_looked_through() -> None:
    archive = folders(*((f"good/{number}.jpg", b"") for number in range(300)))
    assert len(open_zip(archive, max_files=300)) == 300
    for max_files in (299, 10):
        with pytest.raises(InvalidRequest, match="too many files"):
            open_zip(archive, max_files=max_files)
    with pytest.raises(UnreadablePhoto):
        open_zip(BytesIO(b"no zip"), max_files=10)


def test_a_member_is_read_up_to_a_limit_whatever_it_claims() -> None:
    [member] = open_zip(folders(("../../bomb.jpg", b"0" * 1_000_000)), max_files=10)
    assert len(member.read(1_000_000)) == 1_000_000
    with pytest.raises(PhotoTooLarge):
        member.read(999_999)


@pytest.mark.parametrize("how", [ZIP_BZIP2, ZIP_LZMA])
def test_what_unpacks_without_a_bound_is_not_unpacked(how: int) -> None:
    packed = BytesIO()
    with ZipFile(packed, "w", how) as archive:
        archive.writestr("good/a.jpg", b"0" * 1_000)
    [member] = open_zip(packed, max_files=10)
    with pytest.raises(UnreadablePhoto, match="a plain zip"):
        member.read(1_000_000)


def test_reviewed_photos_in_no_snapshot_are_counted_by_their_reason(shelf: Shelf) -> None:
    shelf.reviewed(1)
    shelf.reviewed(2, Label.UNKNOWN)
    taken = shelf.reviewed(3)
    remove_image(taken, by=SUE, using=shelf.using)
    assert shelf.using.datasets.left_out() == {"unknown": 1, "removed": 1, "gone": 0}
    freeze_dataset("one", by=SUE, using=shelf.using)
    assert shelf.using.datasets.left_out() == {"unknown": 1, "removed": 1, "gone": 0}
