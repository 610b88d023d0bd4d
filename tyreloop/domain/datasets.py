"""Datasets: the inbox of reviewed photos, and the snapshots frozen from it, which never change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from itertools import chain
from itertools import count as counting
from operator import itemgetter

from tyreloop.domain.damage import DamageKind
from tyreloop.domain.errors import Conflict, InvalidRequest
from tyreloop.domain.feedback import Label
from tyreloop.domain.photos import PhotoId

INBOX = "untrained"
SNAPSHOT_FOLDER = (
    "snapshot-"  # before a snapshot's name: its folder for training; its photos are named by their ids
)
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
EXAM_SHARE, HELD_OUT_SHARE = 0.2, 0.2
SURELY_ENOUGH = 30  # of a label: that none of so many is held out happens once in eight hundred times
RESTORABLE_FOR = timedelta(days=30)
MAX_BITS_APART = 6  # photos that differ in no more bits of their fingerprints count as one for the parts
ALL_BITS = 2**64 - 1  # of a fingerprint
BAND_BITS = -(-ALL_BITS.bit_length() // (MAX_BITS_APART + 1))


class Part(StrEnum):
    """What a photo is for: lessons are learned, exam questions are only asked."""

    LESSON = "lesson"
    EXAM = "exam"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A reviewed photo with the label that stands; photos that look alike share a group."""

    photo_id: PhotoId
    label: Label
    group: str | None = None
    kinds: tuple[DamageKind, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A photo in a snapshot; without its id when its visitor deleted it: its place stays."""

    item_hash: str
    label: Label
    part: Part
    photo_id: PhotoId | None
    group: str | None = field(default=None, compare=False)  # of photos that look alike
    kinds: tuple[DamageKind, ...] = ()  # of its damage, as far as somebody named any

    @staticmethod
    def of(photo: Labelled) -> Item:
        group = photo.group or photo.photo_id
        place, part = hash_of_place(photo.photo_id), part_of(group)
        return Item(place, photo.label, part, photo.photo_id, group, photo.kinds)

    @property
    def is_held_out(self) -> bool:
        """A few lessons calibrate instead of being learned, those that look alike together."""
        place = place_of(self.group or self.item_hash)
        return self.part is Part.LESSON and place < EXAM_SHARE + HELD_OUT_SHARE


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A frozen dataset."""

    name: str
    parent: str | None
    items: Sequence[Item]
    created_by: str
    frozen_at: datetime

    def __post_init__(self) -> None:
        require_name(self.name)

    @property
    def content_hash(self) -> str:
        """The same photos, labels, kinds and parts give the same hash, whatever the order and the name."""
        lines = sorted(" ".join([item.item_hash, item.label, item.part, *item.kinds]) for item in self.items)
        return sha256("\n".join(lines).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class SnapshotSummary:
    """A snapshot in a list."""

    name: str
    parent: str | None
    content_hash: str
    created_by: str
    frozen_at: datetime
    counts: Mapping[str, int]  # "lesson good": 12


@dataclass(frozen=True, slots=True)
class Removal:
    """A photo that somebody took out of what is to come."""

    photo_id: PhotoId
    removed_by: str
    removed_at: datetime


@dataclass(frozen=True, slots=True)
class Packed:
    """A photo on its way; a place whose photo was deleted travels without one."""

    item_hash: str
    label: Label
    part: Part | None  # none: as its group says
    photo_id: PhotoId | None  # as it is called where it comes from
    jpeg: bytes | None  # without its metadata
    digest: str = ""  # what its bytes hashed to as they came
    kinds: tuple[DamageKind, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedPhoto:
    """What is kept of a photo that came with a dataset, beside the photo."""

    byte_count: int
    fingerprint: int
    group: str


@dataclass(frozen=True, slots=True)
class Difference:
    """From one snapshot to another."""

    added: Sequence[Item]
    gone: Sequence[Item]
    relabelled: Sequence[tuple[Item, Item]]


def require_name(name: str) -> None:
    """A name that fits into an address, a file and a sentence."""
    if name == INBOX or not NAME.fullmatch(name):
        raise InvalidRequest(
            "A dataset's name has 2 to 64 small letters, digits, dots, dashes or underscores, "
            f"and is not {INBOX}."
        )


def part_of(group: str) -> Part:
    """Decided once by the hash of the group alone: the same for every snapshot, as training decides it."""
    return Part.EXAM if place_of(group) < EXAM_SHARE else Part.LESSON


def place_of(group: str) -> float:
    """Between nought and one, by the group's hash."""
    return int(sha256(f"part {group}".encode()).hexdigest()[:8], 16) / 0xFFFFFFFF


def group_in_part(photo_id: PhotoId, part: Part) -> str:
    """A group of this photo's own whose part is the given one: what comes later and looks alike joins it."""
    names = chain([str(photo_id)], (f"{photo_id}+{number}" for number in counting(1)))
    return next(group for group in names if part_of(group) is part)


def hash_of_place(photo_id: PhotoId) -> str:
    """Names a photo's place without naming the photo."""
    return sha256(f"item {photo_id}".encode()).hexdigest()


def grow(parent: Sequence[Item], reviewed: Iterable[Labelled], *, removed: Iterable[PhotoId]) -> list[Item]:
    """The parent's items and all reviewed photos, the newest label of each, without what was removed.

    All of them, whatever the parent: a correction that was accepted is in each snapshot from then on.
    """
    items = {item.item_hash: item for item in parent}
    for item in map(Item.of, reviewed):
        known = items.get(item.item_hash)
        items[item.item_hash] = replace(item, part=known.part) if known else item  # a part is for good
    for photo_id in removed:
        items.pop(hash_of_place(photo_id), None)
    return sorted(items.values(), key=lambda item: item.item_hash)


def compare(old: Sequence[Item], new: Sequence[Item]) -> Difference:
    """What came, what went, and what has another label now."""
    before, after = ({item.item_hash: item for item in items} for items in (old, new))
    both = [place for place in after if place in before]
    return Difference(
        added=[item for place, item in after.items() if place not in before],
        gone=[item for place, item in before.items() if place not in after],
        relabelled=[
            (before[place], after[place])
            for place in both
            if (before[place].label, before[place].kinds) != (after[place].label, after[place].kinds)
        ],
    )


@dataclass(frozen=True, slots=True)
class Lessons:
    """What a training would have to learn from, and to calibrate with."""

    good: int
    defective: int
    held_out_good: int
    held_out_defective: int

    @staticmethod
    def among(items: Iterable[Item]) -> Lessons:
        photos = [item for item in items if item.part is Part.LESSON and item.photo_id is not None]
        return Lessons(
            *(
                sum(item.label is label and item.is_held_out is is_held_out for item in photos)
                for is_held_out in (False, True)
                for label in (Label.GOOD, Label.DEFECTIVE)
            )
        )

    @property
    def are_enough(self) -> bool:
        """Both labels must be there, to learn and to calibrate."""
        return min(self.good, self.defective, self.held_out_good, self.held_out_defective) > 0


def require_enough_to_train(name: str, items: Iterable[Item]) -> None:
    """Refuse what a training could not learn from."""
    found = Lessons.among(items)
    if not found.are_enough:
        raise InvalidRequest(
            f"{name} has too few photos to train on: {found.good} good and {found.defective} defective to "
            f"learn from, {found.held_out_good} good and {found.held_out_defective} defective held out to "
            f"calibrate, and it takes one of each. With {SURELY_ENOUGH} good and {SURELY_ENOUGH} defective "
            "ones there are enough."
        )


def count(items: Iterable[Item]) -> dict[str, int]:
    """How many photos each part holds of each label."""
    counts: dict[str, int] = {}
    for item in items:
        key = f"{item.part} {item.label}"
        counts[key] = counts.get(key, 0) + 1
    return dict(sorted(counts.items()))


class LookAlikes:
    """Finds the group of the photo that looks most alike, if one is near enough.

    Fingerprints that differ in few bits are the same in at least one of a few bands: only those are compared.
    """

    def __init__(self, known: Iterable[tuple[int, str]]) -> None:
        self._bands: dict[tuple[int, int], list[tuple[int, str]]] = {}
        for fingerprint, group in known:
            self.add(fingerprint, group)

    def add(self, fingerprint: int, group: str) -> None:
        bits = fingerprint & ALL_BITS  # the database keeps them with a sign
        for band in _bands(bits):
            self._bands.setdefault(band, []).append((bits, group))

    def group_near(self, fingerprint: int) -> str | None:
        bits = fingerprint & ALL_BITS
        like = (look for band in _bands(bits) for look in self._bands.get(band, ()))
        near = (((bits ^ other).bit_count(), group) for other, group in like)
        apart, group = min(near, key=itemgetter(0), default=(MAX_BITS_APART + 1, ""))
        return group if apart <= MAX_BITS_APART else None


def _bands(bits: int) -> Iterator[tuple[int, int]]:
    return ((at, bits >> at & (1 << BAND_BITS) - 1) for at in range(0, ALL_BITS.bit_length(), BAND_BITS))


def require_restorable(removal: Removal, at: datetime) -> None:
    """Thirty days, and no longer."""
    if at - removal.removed_at > RESTORABLE_FOR:
        raise Conflict(f"It was removed more than {RESTORABLE_FOR.days} days ago.")
