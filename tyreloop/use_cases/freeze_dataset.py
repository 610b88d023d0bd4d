"""Freeze the inbox into a snapshot that never changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tyreloop.domain.dataset import Labelled, Snapshot, grow
from tyreloop.domain.errors import Conflict, NotFound, PhotoNotFound
from tyreloop.domain.staff import Act, Actor, Right
from tyreloop.loop_ports import Curating


def freeze_dataset(name: str, *, by: Actor, using: Curating, parent: str | None = None) -> Snapshot:
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


def _parent(name: str | None, using: Curating) -> Snapshot | None:
    if name is None:
        newest = using.datasets.all()
        return using.datasets.get(newest[0].name) if newest else None
    found = using.datasets.get(name)
    if found is None:
        raise NotFound(f"There is no dataset {name}.")
    return found


def _looked_at(using: Curating) -> Iterator[Labelled]:
    """The inbox with the group of each photo; one whose photo is not at hand yet waits for the next time."""
    for photo in using.datasets.inbox():
        if photo.group is not None:
            yield photo
            continue
        try:
            fingerprint = using.fingerprint(using.photos.get(photo.photo_id))
        except PhotoNotFound:
            continue
        group = using.datasets.group_near(photo.photo_id, fingerprint) or photo.photo_id
        using.datasets.keep_look(photo.photo_id, fingerprint=fingerprint, group=group)
        yield replace(photo, group=group)
