"""Look at datasets: what there is, what is in one, and what is new in it."""

from __future__ import annotations

from collections.abc import Sequence

from tyreloop.domain.dataset import INBOX, Difference, Item, Snapshot, SnapshotSummary, compare
from tyreloop.domain.errors import NotFound
from tyreloop.domain.staff import Actor, Right
from tyreloop.loop_ports import Curating


def list_datasets(*, by: Actor, using: Curating) -> Sequence[SnapshotSummary]:
    """Every snapshot, the newest first."""
    by.require(Right.CURATE)
    return using.datasets.all()


def list_images(name: str, *, by: Actor, using: Curating) -> Sequence[Item]:
    """The photos of a snapshot, or of the inbox."""
    by.require(Right.CURATE)
    if name == INBOX:
        return [Item.of(photo) for photo in using.datasets.inbox()]
    return read_dataset(name, by=by, using=using).items


def read_dataset(name: str, *, by: Actor, using: Curating) -> Snapshot:
    """A snapshot by its name."""
    by.require(Right.CURATE)
    found = using.datasets.get(name)
    if found is None:
        raise NotFound(f"There is no dataset {name}.")
    return found


def compare_datasets(old: str, new: str, *, by: Actor, using: Curating) -> Difference:
    """From one snapshot to another."""
    first, second = (read_dataset(name, by=by, using=using) for name in (old, new))
    return compare(first.items, second.items)
