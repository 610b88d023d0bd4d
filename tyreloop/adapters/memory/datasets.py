"""Datasets over the twins' reviews and predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tyreloop.adapters.memory.feedback import MemoryPredictions
from tyreloop.adapters.memory.reviews import MemoryReviews
from tyreloop.adapters.memory.staff import MemoryAuditLog
from tyreloop.domain.datasets import (
    MOST_BITS_APART,
    ImportedPhoto,
    Labelled,
    Removal,
    Snapshot,
    SnapshotSummary,
    count,
)
from tyreloop.domain.errors import Conflict, NameTaken, NotFound
from tyreloop.domain.feedback import Label
from tyreloop.domain.photos import PhotoId
from tyreloop.domain.staff import Act

ALL_BITS = 2**64 - 1


class MemoryDatasets:
    """The Datasets port."""

    def __init__(self, predictions: MemoryPredictions, reviews: MemoryReviews, audit: MemoryAuditLog) -> None:
        self._predictions = predictions
        self._reviews = reviews
        self._audit = audit
        self._looks: dict[PhotoId, tuple[int | None, str]] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._removals: dict[PhotoId, Removal] = {}

    def inbox(self, *, limit: int = 100_000) -> Sequence[Labelled]:
        labels: dict[PhotoId, Label] = {}
        for review in self._reviews.standing():
            prediction = self._predictions.get(review.prediction_id)
            if prediction and review.label is not Label.UNKNOWN:
                labels.pop(prediction.photo_id, None)
                labels[prediction.photo_id] = review.label
        waiting = [
            Labelled(photo_id, label, self._looks.get(photo_id, (None, None))[1])
            for photo_id, label in labels.items()
            if photo_id not in self._removals and self._trained_label(photo_id) is not label
        ]
        return waiting[:limit]

    def group_near(self, photo_id: PhotoId, fingerprint: int) -> str | None:
        apart = [
            (((known ^ fingerprint) & ALL_BITS).bit_count(), other, group)
            for other, (known, group) in self._looks.items()
            if other != photo_id and known is not None
        ]
        near = [entry for entry in apart if entry[0] <= MOST_BITS_APART]
        return min(near)[2] if near else None

    def keep_look(self, photo_id: PhotoId, *, fingerprint: int, group: str) -> None:
        self._looks[photo_id] = (fingerprint, self._looks.get(photo_id, (None, group))[1])

    def freeze(self, snapshot: Snapshot, *, act: Act) -> None:
        newest = list(self._snapshots.values())[-1:]
        if newest and newest[0].content_hash == snapshot.content_hash:
            raise Conflict(f"Nothing has changed since {newest[0].name}.")
        self._write(snapshot, act)

    def add_imported(self, snapshot: Snapshot, photos: Mapping[PhotoId, ImportedPhoto], *, act: Act) -> None:
        self._write(snapshot, act)
        for photo_id, photo in photos.items():
            self._looks.setdefault(photo_id, (photo.fingerprint, photo.group))

    def all(self) -> Sequence[SnapshotSummary]:
        return [
            SnapshotSummary(
                one.name, one.parent, one.content_hash, one.created_by, one.frozen_at, count(one.items)
            )
            for one in reversed(self._snapshots.values())
        ]

    def get(self, name: str) -> Snapshot | None:
        return self._snapshots.get(name)

    def photos_at(self, places: Sequence[str]) -> Mapping[str, PhotoId]:
        items = [item for snapshot in self._snapshots.values() for item in snapshot.items]
        return {
            item.item_hash: item.photo_id
            for item in items
            if item.item_hash in places and item.photo_id is not None
        }

    def holding(self, photo_id: PhotoId) -> Sequence[str]:
        return [
            name
            for name, snapshot in self._snapshots.items()
            if any(item.photo_id == photo_id for item in snapshot.items)
        ]

    def remove(self, photo_id: PhotoId, *, act: Act) -> None:
        if not self._predictions.of_photo(photo_id) and not self.holding(photo_id):
            raise NotFound("There is no such photo.")
        if photo_id not in self._removals:
            self._removals[photo_id] = Removal(photo_id, act.actor, act.happened_at)
            self._audit.add(act)

    def removal(self, photo_id: PhotoId) -> Removal | None:
        return self._removals.get(photo_id)

    def removals(self) -> Sequence[Removal]:
        return sorted(self._removals.values(), key=lambda removal: removal.removed_at, reverse=True)

    def restore(self, photo_id: PhotoId, *, act: Act) -> None:
        self._removals.pop(photo_id, None)
        self._audit.add(act)

    def _write(self, snapshot: Snapshot, act: Act) -> None:
        if snapshot.name in self._snapshots:
            raise NameTaken(f"There is a dataset {snapshot.name} already, and datasets never change.")
        self._snapshots[snapshot.name] = snapshot
        self._audit.add(act)

    def _trained_label(self, photo_id: PhotoId) -> Label | None:
        held = [
            item.label
            for snapshot in self._snapshots.values()
            for item in snapshot.items
            if item.photo_id == photo_id
        ]
        return held[-1] if held else None
