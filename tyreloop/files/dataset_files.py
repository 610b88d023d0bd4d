"""Datasets as files: a zip of folders by part and label with a manifest, a table, or JSON lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from io import StringIO
from pathlib import PurePosixPath
from typing import IO, Any
from zipfile import BadZipFile, ZipFile, ZipInfo

from tyreloop.domain.datasets import Item, Packed, Part, hash_of_place, part_of
from tyreloop.domain.errors import InvalidRequest
from tyreloop.domain.feedback import Label
from tyreloop.domain.photos import PhotoId

MANIFEST, TABLE = "manifest.jsonl", "manifest.csv"
COLUMNS = ("item_hash", "photo_id", "label", "part", "file", "sha256")
MOST_PHOTOS, MOST_PHOTO_BYTES, MOST_MANIFEST_BYTES = 100_000, 25_000_000, 64_000_000
LABELS = {label.value for label in Label} - {Label.UNKNOWN.value}
Clean = Callable[[bytes], bytes]


def write_zip(into: IO[bytes], photos: Iterable[Packed]) -> int:
    """Every photo as part/label/id.jpg, then what each is; answers how many places there were."""
    rows = []
    with ZipFile(
        into, "w"
    ) as archive:  # JPEGs do not get smaller; without a time, the same photos are the same bytes
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


def read_zip(source: IO[bytes], *, clean: Clean) -> Iterator[Packed]:
    """The photos of a zip: as its manifest says, checked; or, without one, by its folders' names."""
    try:
        with ZipFile(source) as archive:
            infos = {info.filename: info for info in archive.infolist() if not info.is_dir()}
            if len(infos) > MOST_PHOTOS:
                raise InvalidRequest(f"A dataset has at most {MOST_PHOTOS} photos.")
            if MANIFEST in infos:
                yield from _as_the_manifest_says(archive, infos)
            else:
                yield from _by_folder(archive, infos, clean)
    except (BadZipFile, NotImplementedError, RuntimeError) as error:  # broken, exotic, or encrypted
        raise InvalidRequest("This is no zip file that we can open.") from error


def _as_the_manifest_says(archive: ZipFile, infos: dict[str, ZipInfo]) -> Iterator[Packed]:
    for line in _read(archive, infos[MANIFEST], MOST_MANIFEST_BYTES).decode("utf-8", "replace").splitlines():
        try:
            yield _packed(archive, infos, json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidRequest(f"A line of {MANIFEST} is not right: {line[:80]}") from error


def _packed(archive: ZipFile, infos: dict[str, ZipInfo], row: dict[str, Any]) -> Packed:
    photo_id = PhotoId(row["photo_id"]) if row["photo_id"] else None
    jpeg = None
    if row["file"]:
        jpeg = _read(archive, infos[row["file"]], MOST_PHOTO_BYTES)
        if sha256(jpeg).hexdigest() != row["sha256"]:
            raise InvalidRequest(f"{row['file']} was changed: its hash is not that of the manifest.")
    if photo_id is not None and hash_of_place(photo_id) != row["item_hash"]:
        raise InvalidRequest(f"The place of {photo_id[:12]} is not its own.")
    return Packed(row["item_hash"], Label(row["label"]), Part(row["part"]), photo_id, jpeg)


def _by_folder(archive: ZipFile, infos: dict[str, ZipInfo], clean: Clean) -> Iterator[Packed]:
    for name, info in infos.items():
        label = next((part for part in reversed(PurePosixPath(name).parts[:-1]) if part in LABELS), None)
        if label is None:
            continue  # a read-me, a thumbnail cache: nothing that has a label
        data = _read(archive, info, MOST_PHOTO_BYTES)
        photo_id = PhotoId(sha256(data).hexdigest())
        yield Packed(hash_of_place(photo_id), Label(label), part_of(photo_id), photo_id, clean(data))


def _read(archive: ZipFile, info: ZipInfo, most_bytes: int) -> bytes:
    """Bounded by what comes out, not by what the archive claims."""
    with archive.open(info) as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise InvalidRequest(f"{info.filename} is too large.")
    return data


def _row(photo: Packed) -> dict[str, str]:
    has_photo = photo.jpeg is not None
    return {
        "item_hash": photo.item_hash,
        "photo_id": photo.photo_id or "",
        "label": photo.label.value,
        "part": photo.part.value,
        "file": f"{photo.part}/{photo.label}/{photo.photo_id}.jpg" if has_photo else "",
        "sha256": sha256(photo.jpeg or b"").hexdigest() if has_photo else "",
    }


def _row_of_item(item: Item) -> dict[str, str]:
    row = _row(Packed(item.item_hash, item.label, item.part, item.photo_id, None))
    return {name: row[name] for name in COLUMNS[:4]}


def _table(rows: Sequence[dict[str, str]]) -> str:
    written = StringIO()
    table = csv.DictWriter(written, COLUMNS if rows and "file" in rows[0] else COLUMNS[:4])
    table.writeheader()
    table.writerows(rows)
    return written.getvalue()
