"""Datasets: look at them, freeze, move, and take single photos out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256

from tyreloop.domain.datasets import (
    INBOX,
    Difference,
    ImportedPhoto,
    Item,
    Labelled,
    LookAlikes,
    Packed,
    Snapshot,
    SnapshotSummary,
    compare,
    group_in_part,
    grow,
    hash_of_place,
    part_of,
    require_restorable,
)
from tyreloop.domain.errors import Conflict, InvalidRequest, NameTaken, NotFound, PhotoNotFound
from tyreloop.domain.photos import PhotoId
from tyreloop.domain.staff import Act, Actor, Right, unnamed
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
    """The parent (none named: the newest snapshot) and every reviewed photo; what was removed stays out."""
    by.require(Right.CURATE)
    at = using.clock()
    base = _parent(parent, using)
    removed = [removal.photo_id for removal in using.datasets.removals()]
    items = grow(base.items if base else [], _reviewed(using), removed=removed)
    if not items:
        raise Conflict("There is nothing to freeze: no reviewed photo is at hand.")
    snapshot = Snapshot(name, base.name if base else None, items, by.name, at)
    details = {"content_hash": snapshot.content_hash, "photos": len(items), "parent": snapshot.parent}
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


def _reviewed(using: Stores) -> Iterator[Labelled]:
    """All reviewed photos with their groups; one whose photo is not at hand yet waits for the next time."""
    looks: LookAlikes | None = None
    for photo in using.datasets.reviewed():
        if photo.group is not None:
            yield photo
            continue
        try:
            fingerprint = fingerprint_of(using.photos.get(photo.photo_id))
        except PhotoNotFound:
            continue
        looks = looks or LookAlikes(using.datasets.looks())
        group = looks.group_near(fingerprint) or photo.photo_id
        looks.add(fingerprint, group)
        using.datasets.keep_look(photo.photo_id, fingerprint=fingerprint, group=group)
        yield replace(photo, group=group)


def pack_dataset(name: str, *, by: Actor, using: Stores) -> Iterator[Packed]:
    """The photos of a snapshot or of the inbox, one at a time; the audit log says that they left."""
    by.require(Right.CURATE)
    items = list_images(name, by=by, using=using)
    using.audit.add(Act.of(by, "dataset_exported", f"dataset:{name}", using.clock(), photos=len(items)))
    return (
        Packed(
            item.item_hash,
            item.label,
            item.part,
            item.photo_id,
            _jpeg_of(item, using.photos),
            kinds=item.kinds,
        )
        for item in items
    )


def unpack_dataset(name: str, photos: Iterable[Packed], *, by: Actor, using: Stores) -> Snapshot:
    """A new snapshot of these photos, gone through twice: looked at, and kept once the snapshot is committed.

    No name is believed: a photo is called after its own bytes, and what is in the store stays as it is.
    """
    by.require(Right.CURATE)
    if using.datasets.get(name) is not None:
        raise NameTaken(f"There is a dataset {name} already, and datasets never change.")
    items: dict[str, Item] = {}
    rows: dict[PhotoId, ImportedPhoto] = {}
    looks = LookAlikes(using.datasets.looks())
    for photo in photos:
        item = _item_of(photo, looks, rows, using)
        if item.item_hash in items:
            raise InvalidRequest("A photo is in the dataset twice.")
        items[item.item_hash] = item
    if not items:
        raise InvalidRequest("There is no photo in it.")
    at = using.clock()
    snapshot = Snapshot(name, None, [items[place] for place in sorted(items)], by.name, at)
    act = Act.of(by, "dataset_imported", f"dataset:{name}", at, content_hash=snapshot.content_hash)
    using.datasets.add_imported(snapshot, rows, act=act)
    for photo in photos:
        if photo.jpeg is not None and not using.photos.holds(photo_id := _own_id(photo, using.photos)):
            using.photos.put(photo_id, photo.jpeg)
    using.datasets.mark_kept(sorted(rows))
    return snapshot


def _item_of(photo: Packed, looks: LookAlikes, rows: dict[PhotoId, ImportedPhoto], using: Stores) -> Item:
    """Photos that look alike share a group, here and with those known before; the group decides the part."""
    if photo.jpeg is None:
        part = photo.part or part_of(photo.item_hash)
        return Item(photo.item_hash, photo.label, part, None, kinds=photo.kinds)
    photo_id, fingerprint = _own_id(photo, using.photos), fingerprint_of(photo.jpeg)
    alone = group_in_part(photo_id, photo.part) if photo.part else photo_id
    group = looks.group_near(fingerprint) or alone
    looks.add(fingerprint, group)
    rows[photo_id] = ImportedPhoto(len(photo.jpeg), fingerprint, group)
    return Item(hash_of_place(photo_id), photo.label, part_of(group), photo_id, group, photo.kinds)


def _own_id(photo: Packed, known: ObjectPhotoStore) -> PhotoId:
    """What the bytes hash to; another name only where the very same photo is here under it already."""
    digest = photo.digest or sha256(photo.jpeg or b"").hexdigest()
    if photo.photo_id is not None and photo.photo_id != digest:
        with suppress(PhotoNotFound):
            if known.get(photo.photo_id) == photo.jpeg:
                return photo.photo_id
    return PhotoId(digest)


def _jpeg_of(item: Item, photos: ObjectPhotoStore) -> bytes | None:
    try:
        return photos.get(item.photo_id) if item.photo_id is not None else None
    except PhotoNotFound:
        return None


def remove_image(photo_id: PhotoId, *, by: Actor, using: Stores) -> None:
    """No snapshot from now on holds it; those that were frozen stay as they are."""
    by.require(Right.CURATE)
    using.datasets.remove(
        photo_id, act=Act.of(by, "image_removed", unnamed("photo", photo_id), using.clock())
    )


def restore_image(photo_id: PhotoId, *, by: Actor, using: Stores) -> None:
    """Within thirty days."""
    by.require(Right.CURATE)
    removal, at = using.datasets.removal(photo_id), using.clock()
    if removal is None:
        raise NotFound("This photo was not removed.")
    require_restorable(removal, at)
    using.datasets.restore(photo_id, act=Act.of(by, "image_restored", unnamed("photo", photo_id), at))
