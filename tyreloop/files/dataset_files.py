"""Datasets as files: a zip of folders by part and label with a manifest, a table, or JSON lines."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import StringIO
from pathlib import PurePosixPath
from typing import IO
from zipfile import ZipFile, ZipInfo

from tyreloop.domain.damage import in_order
from tyreloop.domain.datasets import Item, Packed, Part, hash_of_place
from tyreloop.domain.errors import InvalidRequest, UnreadablePhoto
from tyreloop.domain.feedback import Label
from tyreloop.domain.photos import PhotoId
from tyreloop.files.zips import Member, open_zip

MANIFEST, TABLE = "manifest.jsonl", "manifest.csv"
ABOUT_ITEMS = ("item_hash", "photo_id", "label", "part", "kinds")
COLUMNS = (*ABOUT_ITEMS, "file", "sha256")
MAX_PHOTOS, MAX_PHOTO_BYTES, MAX_MANIFEST_BYTES = 100_000, 25_000_000, 64_000_000
HASH = re.compile(r"[0-9a-f]{64}")
LABELS = {label.value for label in Label} - {Label.UNKNOWN.value}
Clean = Callable[[bytes], bytes]


def write_zip(into: IO[bytes], photos: Iterable[Packed]) -> int:
    """Every photo as part/label/id.jpg, then what each is; without dates. Answers how many places."""
    rows = []
    with ZipFile(into, "w") as archive:  # JPEGs do not get smaller
        for photo in photos:
            rows.append(_row(photo))
            if photo.jpeg is not None:
                archive.writestr(ZipInfo(rows[-1]["file"]), photo.jpeg)
        archive.writestr(ZipInfo(MANIFEST), "".join(json.dumps(row) + "\n" for row in rows))
        archive.writestr(ZipInfo(TABLE), _table(rows))
    return len(rows)


def as_csv(items: Sequence[Item]) -> str:
    """A table of what is in a dataset."""
    return _table([_row_of_item(item) for item in items])


def as_json_lines(items: Sequence[Item]) -> str:
    """One line a photo."""
    return "".join(json.dumps(_row_of_item(item)) + "\n" for item in items)


@dataclass(frozen=True, slots=True)
class DatasetZip:
    """The photos of a zip: as its manifest says, checked; or, without one, by its folders' names.

    They can be gone through more than once: an import looks at all of them before it keeps any.
    """

    source: IO[bytes]
    clean: Clean

    def __iter__(self) -> Iterator[Packed]:
        try:
            found = open_zip(self.source, max_files=MAX_PHOTOS)
            members = {member.name: member for member in found}
            if MANIFEST in members:
                yield from self._as_the_manifest_says(members)
            else:
                yield from self._by_folder(found)
        except UnreadablePhoto as error:
            raise InvalidRequest(f"This zip file cannot be imported: {error}") from error

    def _as_the_manifest_says(self, members: Mapping[str, Member]) -> Iterator[Packed]:
        text = members[MANIFEST].read(MAX_MANIFEST_BYTES).decode("utf-8", "replace")
        for line in text.splitlines():
            try:
                row = json.loads(line)
                member = members[row["file"]] if row["file"] else None
                yield self._packed(row, member)
            except (ValueError, KeyError, TypeError) as error:
                raise InvalidRequest(f"A line of {MANIFEST} is not right: {line[:80]}") from error

    def _packed(self, row: Mapping[str, str], member: Member | None) -> Packed:
        photo_id, place = row["photo_id"], row["item_hash"]
        if not HASH.fullmatch(place) or (photo_id and hash_of_place(PhotoId(photo_id)) != place):
            raise ValueError(place)
        label, part = Label(row["label"]), Part(row["part"])
        kinds = in_order(filter(None, row.get("kinds", "").split(";")))
        if member is None:
            return Packed(place, label, part, None, None, kinds=kinds)
        data = member.read(MAX_PHOTO_BYTES)
        digest = sha256(data).hexdigest()
        if digest != row["sha256"]:
            raise InvalidRequest(f"{member.name} was changed: its hash is not that of the manifest.")
        claimed = PhotoId(photo_id) if HASH.fullmatch(photo_id) else None
        return Packed(place, label, part, claimed, self.clean(data), digest, kinds)

    def _by_folder(self, members: Sequence[Member]) -> Iterator[Packed]:
        for member in members:
            folders = reversed(PurePosixPath(member.name).parts[:-1])
            label = next((folder for folder in folders if folder in LABELS), None)
            if label is None:
                continue  # a read-me, a thumbnail cache: nothing that has a label
            data = member.read(MAX_PHOTO_BYTES)
            photo_id = PhotoId(sha256(data).hexdigest())
            yield Packed(hash_of_place(photo_id), Label(label), None, photo_id, self.clean(data), photo_id)


def read_zip(source: IO[bytes], *, clean: Clean) -> DatasetZip:
    """The photos of a dataset's zip, each without its metadata; nothing is read before somebody asks."""
    return DatasetZip(source, clean)


def _row(photo: Packed) -> dict[str, str]:
    has_photo = photo.jpeg is not None
    return {
        "item_hash": photo.item_hash,
        "photo_id": photo.photo_id or "",
        "label": photo.label.value,
        "part": photo.part.value if photo.part else "",
        "kinds": ";".join(photo.kinds),
        "file": f"{photo.part}/{photo.label}/{photo.photo_id}.jpg" if has_photo else "",
        "sha256": sha256(photo.jpeg or b"").hexdigest() if has_photo else "",
    }


def _row_of_item(item: Item) -> dict[str, str]:
    row = _row(Packed(item.item_hash, item.label, item.part, item.photo_id, None, kinds=item.kinds))
    return {name: row[name] for name in ABOUT_ITEMS}


def _table(rows: Sequence[dict[str, str]]) -> str:
    written = StringIO()
    table = csv.DictWriter(written, COLUMNS if rows and "file" in rows[0] else ABOUT_ITEMS)
    table.writeheader()
    table.writerows(rows)
    return written.getvalue()
