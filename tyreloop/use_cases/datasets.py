"""Datasets: look at them, freeze, move, and take single photos out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from tyreloop.domain.datasets import (
    INBOX,
    Difference,
    ImportedPhoto,
    Item,
    Labelled,
    Packed,
    Snapshot,
    SnapshotSummary,
    compare,
    group_in_part,
    grow,
    require_restorable,
)
from tyreloop.domain.errors import Conflict, InvalidRequest, NotFound, PhotoNotFound
from tyreloop.domain.photos import PhotoId
from tyreloop.domain.staff import Act, Actor, Right
from tyreloop.files.photos import ObjectPhotoStore
from tyreloop.use_cases.stores import Stores
from tyreloop.vision.fingerprint import fingerprint_of


def list_datasets(*, by: Actor, using: Stores) -> Sequence[SnapshotSummary]:
    """Every snapshot, the newest first."""
    by.require(Right.CURATE)
    return using.datasets.all()


def list_images(name: str, *, by: Actor, using: Stores) -> Sequence[Item]:
    """The photos of a snapshot, or of the inbox."""
    by.require(Right.CURATE)
    if name == INBOX:
        return [Item.of(photo) for photo in using.datasets.inbox()]
    return read_dataset(name, by=by, using=using).items


def read_dataset(name: str, *, by: Actor, using: Stores) -> Snapshot:
    """A snapshot by its name."""
    by.require(Right.CURATE)
    found = using.datasets.get(name)
    if found is None:
        raise NotFound(f"There is no dataset {name}.")
    return found


def compare_datasets(old: str, new: str, *, by: Actor, using: Stores) -> Difference:
    """From one snapshot to another."""
    first, second = (read_dataset(name, by=by, using=using) for name in (old, new))
    return compare(first.items, second.items)


def freeze_dataset(name: str, *, by: Actor, using: Stores, parent: str | None = None) -> Snapshot:
    """The parent (empty: the newest snapshot) and the inbox as one; what was removed stays out."""
    by.require(Right.CURATE)
    at = using.clock()
    base = _parent(parent, using)
    inbox = list(_looked_at(using))
    removed = [removal.photo_id for removal in using.datasets.removals()]
    items = grow(base.items if base else [], inbox, removed=removed)
    if not items:
        raise Conflict("There is nothing to freeze: no reviewed photo is at hand.")
    snapshot = Snapshot(name, base.name if base else None, items, by.name, at)
    details = {"content_hash": snapshot.content_hash, "photos": len(items)}
    using.datasets.freeze(snapshot, act=Act.of(by, "dataset_frozen", f"dataset:{name}", at, **details))
    return snapshot


def _parent(name: str | None, using: Stores) -> Snapshot | None:
    if name is None:
        newest = using.datasets.all()
        return using.datasets.get(newest[0].name) if newest else None
    found = using.datasets.get(name)
    if found is None:
        raise NotFound(f"There is no dataset {name}.")
    return found


def _looked_at(using: Stores) -> Iterator[Labelled]:
    """The inbox with the group of each photo; one whose photo is not at hand yet waits for the next time."""
    for photo in using.datasets.inbox():
        if photo.group is not None:
            yield photo
            continue
        try:
            fingerprint = fingerprint_of(using.photos.get(photo.photo_id))
        except PhotoNotFound:
            continue
        group = using.datasets.group_near(photo.photo_id, fingerprint) or photo.photo_id
        using.datasets.keep_look(photo.photo_id, fingerprint=fingerprint, group=group)
        yield replace(photo, group=group)


def pack_dataset(name: str, *, by: Actor, using: Stores) -> Iterator[Packed]:
    """The photos of a snapshot or of the inbox, one at a time."""
    by.require(Right.CURATE)
    items = list_images(name, by=by, using=using)
    return (
        Packed(item.item_hash, item.label, item.part, item.photo_id, _jpeg_of(item, using.photos))
        for item in items
    )


def unpack_dataset(
    name: str, photos: Iterable[Packed], *, by: Actor, using: Stores, parent: str | None = None
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
                fingerprint=fingerprint_of(photo.jpeg),
                group=group_in_part(photo.photo_id, photo.part),
            )
    if not items:
        raise InvalidRequest("There is no photo in it.")
    snapshot = Snapshot(name, parent, [items[place] for place in sorted(items)], by.name, at)
    act = Act.of(by, "dataset_imported", f"dataset:{name}", at, content_hash=snapshot.content_hash)
    using.datasets.add_imported(snapshot, kept, act=act)
    return snapshot


def _jpeg_of(item: Item, photos: ObjectPhotoStore) -> bytes | None:
    try:
        return photos.get(item.photo_id) if item.photo_id is not None else None
    except PhotoNotFound:
        return None


def remove_image(photo_id: PhotoId, *, by: Actor, using: Stores) -> None:
    """No snapshot from now on holds it; those that were frozen stay as they are."""
    by.require(Right.CURATE)
    using.datasets.remove(photo_id, act=Act.of(by, "image_removed", f"photo:{photo_id}", using.clock()))


def restore_image(photo_id: PhotoId, *, by: Actor, using: Stores) -> None:
    """Within thirty days."""
    by.require(Right.CURATE)
    removal, at = using.datasets.removal(photo_id), using.clock()
    if removal is None:
        raise NotFound("This photo was not removed.")
    require_restorable(removal, at)
    using.datasets.restore(photo_id, act=Act.of(by, "image_restored", f"photo:{photo_id}", at))
