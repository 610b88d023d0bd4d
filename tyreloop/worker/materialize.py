"""A snapshot as a folder of photos, as training and exams read it."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from tyreloop.domain.datasets import SNAPSHOT_FOLDER, Item, Snapshot
from tyreloop.domain.datasets import Part as SnapshotPart
from tyreloop.domain.errors import PhotoNotFound
from tyreloop.domain.feedback import Label
from tyreloop.files.photos import ObjectPhotoStore
from tyreloop.learning.datasets.forgetting import forget_lines
from tyreloop.learning.datasets.lesson_book import BOOK_FILE, Entry, LessonBook, Part, read_book, write_book


def materialize(snapshot: Snapshot, home: Path, photos: ObjectPhotoStore) -> Path:
    """The snapshot's folder below `home`, written at the first time; deleted photos are left out."""
    folder = home / f"{SNAPSHOT_FOLDER}{snapshot.name}"
    if (folder / BOOK_FILE).is_file() and read_book(folder).parent == snapshot.content_hash:
        forget_lines(folder)
        return folder
    (folder / "photos").mkdir(parents=True, exist_ok=True)
    entries = tuple(_entries(snapshot, folder, photos))
    write_book(LessonBook(folder, snapshot.name, entries, parent=snapshot.content_hash))
    return folder


def _entries(snapshot: Snapshot, folder: Path, photos: ObjectPhotoStore) -> Iterator[Entry]:
    for item in snapshot.items:
        if item.photo_id is None or (item.label is Label.UNUSABLE and item.part is not SnapshotPart.EXAM):
            continue  # of what cannot be used a model is asked, and learns nothing
        try:
            jpeg = photos.get(item.photo_id)
        except PhotoNotFound:
            continue
        file = f"photos/{item.photo_id}.jpg"
        (folder / file).write_bytes(jpeg)
        part, kinds = part_in_training(item), ";".join(item.kinds)
        yield Entry(file, item.label.value, part, sha256(jpeg).hexdigest(), item.item_hash, kinds=kinds)


def part_in_training(item: Item) -> Part:
    """Exam stays exam; a few lessons are held out to calibrate."""
    if item.part is SnapshotPart.EXAM:
        return Part.EXAM
    return Part.HELD_OUT if item.is_held_out else Part.LESSON
