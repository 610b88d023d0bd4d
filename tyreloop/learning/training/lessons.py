"""Batches of prepared lessons in a random order, with rarer labels as often as the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from tyreloop.learning.datasets.lesson_book import LABELS
from tyreloop.learning.datasets.prepared import NO_MASK, Bytes, Prepared

DEFECTIVE = LABELS.index("defective")
NOT_A_TYRE = LABELS.index("not_a_tyre")


class Batch(NamedTuple):
    """Bytes, labels, masks, and for which photos the mask is known."""

    pictures: Bytes
    labels: Tensor
    masks: Bytes
    known: Tensor


def batches(prepared: Prepared, size: int, dice: np.random.Generator) -> Iterator[Batch]:
    """One epoch: every photo about once, good and defective ones equally often."""
    order = balanced_order(prepared.labels, dice)
    for start in range(0, len(order) - size + 1, size):
        yield batch_of(prepared, np.sort(order[start : start + size]))


def balanced_order(
    labels: np.ndarray[tuple[int], np.dtype[np.int64]], dice: np.random.Generator
) -> np.ndarray:
    """All places in a random order; the rarer of good and defective is repeated to match the other."""
    places = [np.flatnonzero(labels == label) for label in range(len(LABELS))]
    most = max(len(places[0]), len(places[1]))
    chosen = [np.resize(dice.permutation(found), most) if len(found) else found for found in places[:2]]
    chosen.append(places[NOT_A_TYRE])
    return dice.permutation(np.concatenate(chosen))


def batch_of(prepared: Prepared, places: np.ndarray) -> Batch:
    """The photos at some places."""
    masks = prepared.masks[places]
    known = masks[:, 0, 0] != NO_MASK
    return Batch(
        pictures=prepared.pictures[places],
        labels=torch.from_numpy(prepared.labels[places]),
        masks=np.where(known[:, None, None], masks, 0).astype(np.uint8),
        known=torch.from_numpy(known),
    )


def split(batch: Batch, count: int) -> list[Batch]:
    """A batch in parts of at least two photos: normalisation needs more than one."""
    parts = max(1, min(count, len(batch.labels) // 2))
    places = np.array_split(np.arange(len(batch.labels)), parts)
    return [_part(batch, slice(int(place[0]), int(place[-1]) + 1)) for place in places]


def _part(batch: Batch, place: slice) -> Batch:
    return Batch(batch.pictures[place], batch.labels[place], batch.masks[place], batch.known[place])
