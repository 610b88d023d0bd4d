"""Real photos in: any format the service takes, every refusal named, duplicates on one side of the split."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tyreloop.domain.errors import InvalidRequest
from tyreloop.learning.datasets.importing import ImportReport, import_photos
from tyreloop.learning.datasets.lesson_book import LessonBook, Part, part_of, read_book, write_book
from tyreloop.learning.drawing.photo import draw_photo


def a_picture(seed: int, size: int = 160, kind: str = "good") -> Image.Image:
    return Image.fromarray(draw_photo(900 + seed, 0, size, kind).pixels)


def book_of(report: ImportReport) -> LessonBook:
    assert report.book is not None
    return report.book


def save(picture: Image.Image, path: Path, **options: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, **options)


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A folder as people keep them."""
    source = tmp_path / "garage"
    save(a_picture(1), source / "good" / "plain.jpg")
    save(a_picture(2), source / "Good" / "screenshot.png")
    save(a_picture(3).convert("P"), source / "good" / "palette.png")
    save(a_picture(4).convert("CMYK"), source / "defective" / "cmyk.jpg")
    save(a_picture(5, kind="defective"), source / "defective" / "web.webp")
    grey = np.asarray(a_picture(6, kind="defective").convert("L")).astype(np.uint16) * 257
    save(Image.fromarray(grey), source / "defective" / "sixteen_bit.png")
    (source / "defective" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not a photo at all")
    (source / "defective" / "notes.txt").write_text("bought in May")
    save(a_picture(7).resize((60, 60)), source / "good" / "tiny.jpg")
    return source


def test_every_format_that_the_service_takes_is_imported(mixed: Path, tmp_path: Path) -> None:
    report = import_photos(mixed, tmp_path / "set", name="set")
    assert sorted(entry.label for entry in book_of(report).entries) == ["defective"] * 3 + ["good"] * 3
    for entry in book_of(report).entries:
        with Image.open(tmp_path / "set" / entry.file) as kept:
            assert (kept.format, kept.mode) in (("JPEG", "RGB"), ("JPEG", "L"))


def test_every_refused_file_is_named_with_its_reason(mixed: Path, tmp_path: Path) -> None:
    report = import_photos(mixed, tmp_path / "set", name="set")
    reasons = {Path(refusal.file).name: refusal.reason for refusal in report.refused}
    assert set(reasons) == {"broken.jpg", "notes.txt", "tiny.jpg"}
    assert "80 pixels" in reasons["tiny.jpg"]


def test_a_zip_file_is_imported_like_its_folder(mixed: Path, tmp_path: Path) -> None:
    archive = tmp_path / "garage.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in mixed.rglob("*.*"):
            file.write(path, path.relative_to(mixed.parent))
        file.writestr("../../good/evil.jpg", b"outside")
    from_folder = import_photos(mixed, tmp_path / "one", name="set")
    from_zip = import_photos(archive, tmp_path / "two", name="set")
    assert book_of(from_folder).sha256 == book_of(from_zip).sha256
    assert not (tmp_path.parent / "good" / "evil.jpg").exists()


def test_the_place_where_a_photo_was_taken_does_not_come_along(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "parked at home"
    save(a_picture(1), tmp_path / "in" / "good" / "a.jpg", exif=exif)
    report = import_photos(tmp_path / "in", tmp_path / "set", name="set")
    kept = (tmp_path / "set" / book_of(report).entries[0].file).read_bytes()
    assert b"parked at home" not in kept


def test_near_duplicates_stay_on_one_side_of_the_split(tmp_path: Path) -> None:
    for seed in range(12):
        picture = a_picture(seed)
        save(picture, tmp_path / "in" / "good" / f"{seed}.jpg", quality=95)
        save(picture.resize((240, 240)), tmp_path / "in" / "good" / f"{seed}-again.jpg", quality=60)
    report = import_photos(tmp_path / "in", tmp_path / "set", name="set")
    parts: dict[str, set[Part]] = {}
    for entry in book_of(report).entries:
        parts.setdefault(entry.group, set()).add(entry.part)
    assert report.near_duplicates == 12
    assert len(parts) == 12
    assert all(len(found) == 1 for found in parts.values())


def test_an_exact_duplicate_is_kept_once_and_a_contradiction_not_at_all(tmp_path: Path) -> None:
    save(a_picture(1), tmp_path / "in" / "good" / "a.jpg")
    save(a_picture(1), tmp_path / "in" / "good" / "b.jpg")
    save(a_picture(2), tmp_path / "in" / "good" / "both.jpg")
    save(a_picture(2), tmp_path / "in" / "defective" / "both.jpg")
    report = import_photos(tmp_path / "in", tmp_path / "set", name="set")
    assert len(book_of(report).entries) == 1
    assert len(report.refused) == 3


def test_an_exam_question_never_becomes_a_lesson_in_another_dataset(tmp_path: Path) -> None:
    """Not even as a smaller copy whose own hash would have made it a lesson."""
    for seed in range(30):
        save(a_picture(seed), tmp_path / "first" / "good" / f"{seed}.jpg", quality=95)
        save(a_picture(seed).resize((120, 120)), tmp_path / "second" / "good" / f"{seed}.jpg", quality=70)
    first = book_of(import_photos(tmp_path / "first", tmp_path / "one", name="one"))
    second = book_of(import_photos(tmp_path / "second", tmp_path / "two", name="two", known=[first]))
    exam_groups = {entry.group for entry in first.of(Part.EXAM)}
    assert exam_groups
    assert not exam_groups & {entry.group for entry in second.of(Part.LESSON, Part.HELD_OUT)}
    by_own_hash = [entry for entry in second.entries if part_of(entry.sha256) is not entry.part]
    assert by_own_hash, "some copies would have landed elsewhere by their own hash"


def test_a_dataset_changed_by_hand_is_refused(tmp_path: Path) -> None:
    save(a_picture(1), tmp_path / "in" / "good" / "a.jpg")
    book = book_of(import_photos(tmp_path / "in", tmp_path / "set", name="set"))
    assert read_book(tmp_path / "set").sha256 == book.sha256
    write_book(book)
    listing = tmp_path / "set" / "dataset.json"
    listing.write_text(listing.read_text().replace('"label": "good"', '"label": "defective"'))
    with pytest.raises(InvalidRequest, match="changed by hand"):
        read_book(tmp_path / "set")


def test_a_folder_without_labels_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    a_picture(1).save(buffer, "JPEG")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(buffer.getvalue())
    with pytest.raises(InvalidRequest, match="good or defective"):
        import_photos(tmp_path / "in", tmp_path / "set", name="set")
