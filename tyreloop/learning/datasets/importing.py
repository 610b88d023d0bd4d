"""Photos that people kept become a dataset: checked, without metadata, split once for good."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from zipfile import BadZipFile

from tyreloop.domain.errors import InvalidRequest, PhotoTooLarge, UnreadablePhoto
from tyreloop.learning.datasets.lesson_book import Entry, LessonBook, Part, part_of, write_book
from tyreloop.learning.datasets.sources import MOST_BYTES, Candidate, candidates
from tyreloop.vision.clean import without_metadata
from tyreloop.vision.decode import decode
from tyreloop.vision.fingerprint import fingerprint_of, near_groups

SMALLEST_SIDE = 80


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that did not become a lesson, and why."""

    file: str
    reason: str


@dataclass(slots=True)
class ImportReport:
    """What came of an import."""

    book: LessonBook | None = None
    refused: list[Refusal] = field(default_factory=list)
    near_duplicates: int = 0
    known_elsewhere: int = 0


@dataclass(frozen=True, slots=True)
class _Accepted:
    name: str
    label: str
    data: bytes
    digest: str
    mark: int


def import_photos(
    source: Path,
    target: Path,
    *,
    name: str,
    known: Sequence[LessonBook] = (),
    credit: str = "",
    tell: Callable[[int], None] | None = None,
) -> ImportReport:
    """Import a folder or a zip file into `target`; photos that other datasets know keep their part."""
    report = ImportReport()
    accepted = _without_contradictions(list(_accepted(candidates(source), report, tell)), report)
    if not accepted:
        raise InvalidRequest(f"{source} holds no photo in a folder named good or defective.")
    entries = _entries(accepted, known, report)
    for photo, entry in zip(accepted, entries, strict=True):
        path = target / entry.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo.data)
    report.book = LessonBook(target, name, tuple(entries), credit=credit)
    write_book(report.book)
    return report


def _accepted(
    found: Iterable[Candidate], report: ImportReport, tell: Callable[[int], None] | None
) -> Iterable[_Accepted]:
    for candidate in found:
        if tell is not None:
            tell(1)
        try:
            yield _accept(candidate)
        except (UnreadablePhoto, PhotoTooLarge) as error:
            report.refused.append(Refusal(candidate.name, str(error)))
        except (OSError, BadZipFile, RuntimeError) as error:  # a damaged or locked member of a zip file
            report.refused.append(Refusal(candidate.name, f"The file cannot be read: {error}"))


def _accept(candidate: Candidate) -> _Accepted:
    if candidate.size > MOST_BYTES:
        raise PhotoTooLarge(f"The file is larger than {MOST_BYTES // 1_000_000} MB.")
    data = candidate.read()
    pixels = decode(data, at_least=256)
    if min(pixels.shape[:2]) < SMALLEST_SIDE:
        raise UnreadablePhoto(f"Its shorter side is below {SMALLEST_SIDE} pixels.")
    digest = sha256(data).hexdigest()
    clean = without_metadata(data)
    return _Accepted(candidate.name, candidate.label, clean, digest, fingerprint_of(clean) % 2**64)


def _without_contradictions(found: list[_Accepted], report: ImportReport) -> list[_Accepted]:
    """Exact duplicates go; a photo that lies in both folders goes altogether, for nobody knows what it is."""
    labels: dict[str, set[str]] = {}
    for photo in found:
        labels.setdefault(photo.digest, set()).add(photo.label)
    kept: dict[str, _Accepted] = {}
    for photo in found:
        if len(labels[photo.digest]) > 1:
            report.refused.append(Refusal(photo.name, "The same photo lies in folders of different labels."))
        elif photo.digest in kept:
            same = kept[photo.digest].name
            report.refused.append(Refusal(photo.name, f"It is an exact duplicate of {same}."))
        else:
            kept[photo.digest] = photo
    return list(kept.values())


def _entries(accepted: list[_Accepted], known: Sequence[LessonBook], report: ImportReport) -> list[Entry]:
    """Near-duplicates share a group, and a group has one part; groups of other datasets come first."""
    older = [(book, entry) for book in known for entry in book.entries if entry.mark]
    marks = [_mark_of(book, entry) for book, entry in older] + [photo.mark for photo in accepted]
    first = near_groups(marks)
    groups: dict[int, tuple[str, Part]] = {}
    for place, (_, entry) in enumerate(older):
        groups.setdefault(first[place], (entry.group, entry.part))
    entries = []
    for place, photo in enumerate(accepted, start=len(older)):
        root = first[place]
        report.known_elsewhere += root < len(older)
        report.near_duplicates += root != place
        group, part = groups.setdefault(root, (photo.digest, part_of(photo.digest)))
        file = f"{photo.label}/{photo.digest[:16]}.jpg"
        entries.append(Entry(file, photo.label, part, photo.digest, group, mark=f"{LOOKS}{photo.mark:016x}"))
    return entries


LOOKS = "look:"
"""Before a fingerprint as the store keeps it; older datasets have another kind, which is taken anew."""


def _mark_of(book: LessonBook, entry: Entry) -> int:
    if entry.mark.startswith(LOOKS):
        return int(entry.mark.removeprefix(LOOKS), 16)
    return fingerprint_of((book.folder / entry.file).read_bytes()) % 2**64
