"""Take a dataset to another place, and bring one in; the round trip changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tyreloop.domain.correction import Label
from tyreloop.domain.dataset import ImportedPhoto, Item, Part, Snapshot, group_in_part
from tyreloop.domain.errors import InvalidRequest, PhotoNotFound
from tyreloop.domain.photo import PhotoId
from tyreloop.domain.staff import Act, Actor, Right
from tyreloop.loop_ports import Curating
from tyreloop.ports import PhotoStore
from tyreloop.use_cases.read_datasets import list_images


@dataclass(frozen=True, slots=True)
class Packed:
    """A photo on its way; a place whose photo was deleted travels without one."""

    item_hash: str
    label: Label
    part: Part
    photo_id: PhotoId | None
    jpeg: bytes | None


def pack_dataset(name: str, *, by: Actor, using: Curating) -> Iterator[Packed]:
    """The photos of a snapshot or of the inbox, one at a time."""
    by.require(Right.CURATE)
    items = list_images(name, by=by, using=using)
    return (
        Packed(item.item_hash, item.label, item.part, item.photo_id, _jpeg_of(item, using.photos))
        for item in items
    )


def unpack_dataset(
    name: str, photos: Iterable[Packed], *, by: Actor, using: Curating, parent: str | None = None
) -> Snapshot:
    """A new snapshot of these photos, each kept in the store."""
    by.require(Right.CURATE)
    at = using.clock()
    items: dict[str, Item] = {}
    kept: dict[PhotoId, ImportedPhoto] = {}
    for photo in photos:
        if photo.item_hash in items:
            raise InvalidRequest("A photo is in the dataset twice.")
        items[photo.item_hash] = Item(photo.item_hash, photo.label, photo.part, photo.photo_id)
        if photo.photo_id is not None and photo.jpeg is not None:
            using.photos.put(photo.photo_id, photo.jpeg)
            kept[photo.photo_id] = ImportedPhoto(
                byte_count=len(photo.jpeg),
                fingerprint=using.fingerprint(photo.jpeg),
                group=group_in_part(photo.photo_id, photo.part),
            )
    if not items:
        raise InvalidRequest("There is no photo in it.")
    snapshot = Snapshot(name, parent, [items[place] for place in sorted(items)], by.name, at)
    act = Act.of(by, "dataset_imported", f"dataset:{name}", at, content_hash=snapshot.content_hash)
    using.datasets.add_imported(snapshot, kept, act=act)
    return snapshot


def _jpeg_of(item: Item, photos: PhotoStore) -> bytes | None:
    try:
        return photos.get(item.photo_id) if item.photo_id is not None else None
    except PhotoNotFound:
        return None
