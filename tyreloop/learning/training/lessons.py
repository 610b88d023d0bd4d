"""Batches of prepared lessons: pixels, and all that is known about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from tyreloop.learning.datasets.lesson_book import KINDS, LABELS, VIEWS, Entry
from tyreloop.learning.datasets.prepared import NO_MASK, Bytes, Prepared

GOOD = LABELS.index("good")
DEFECTIVE = LABELS.index("defective")
NOT_A_TYRE = LABELS.index("not_a_tyre")
NOBODY_SAID = len(LABELS)
"""The label of a tyre that nobody judged."""

UNKNOWN = -1
SELDOM_TOGETHER = ("bulge", "nail", "cords", "flat")
"""Kinds that are taken for absent where a photo is listed under another kind alone."""


class Batch(NamedTuple):
    """Bytes, labels, masks, for which photos the mask is known, kinds (1, 0 or unknown), and views."""

    pictures: Bytes
    labels: Tensor
    masks: Bytes
    known: Tensor
    kinds: Tensor
    views: Tensor

    def become_sound(self, number: int) -> None:
        """What is shown of this photo has no damage."""
        self.labels[number] = GOOD
        self.known[number] = True
        self.kinds[number] = 0

    def become_cracked(self, number: int) -> None:
        """Cracks were laid over this photo."""
        self.labels[number] = DEFECTIVE
        self.known[number] = True
        self.kinds[number] = kinds_of("defective", "crack")


def balanced_order(
    labels: np.ndarray[tuple[int], np.dtype[np.int64]], dice: np.random.Generator
) -> np.ndarray:
    """All places in a random order; the rarer of good and defective is repeated to match the other."""
    places = [np.flatnonzero(labels == label) for label in range(len(LABELS) + 1)]
    most = max(len(places[GOOD]), len(places[DEFECTIVE]))
    chosen = [np.resize(dice.permutation(found), most) if len(found) else found for found in places[:2]]
    return dice.permutation(np.concatenate([*chosen, *places[2:]]))


def batch_of(prepared: Prepared, places: Sequence[int] | np.ndarray) -> Batch:
    """The photos at some places, with fresh tensors of their own."""
    masks = prepared.masks[places]
    known = masks[:, 0, 0] != NO_MASK
    entries = [prepared.entries[place] for place in places]
    return Batch(
        pictures=prepared.pictures[places],
        labels=torch.from_numpy(prepared.labels[places]),
        masks=np.where(known[:, None, None], masks, 0).astype(np.uint8),
        known=torch.from_numpy(known),
        kinds=torch.stack([_kinds_of(entry) for entry in entries]),
        views=torch.tensor([_view_of(entry) for entry in entries]),
    )


def kinds_of(label: str, named: str) -> Tensor:
    """1 what is named, 0 what is surely not there, -1 what nobody said."""
    if label == "good":
        return torch.zeros(len(KINDS))
    found = torch.full((len(KINDS),), float(UNKNOWN))
    names = named.split(";") if label == "defective" and named else []
    if any(name in KINDS for name in names):
        for place, kind in enumerate(KINDS):
            if kind in names:
                found[place] = 1.0
            elif kind in SELDOM_TOGETHER:
                found[place] = 0.0
    return found


def _kinds_of(entry: Entry) -> Tensor:
    found = kinds_of(entry.label, entry.kinds)
    return found.clamp(min=0) if entry.is_drawn and entry.label == "defective" else found


def _view_of(entry: Entry) -> int:
    """Of drawings alone: where each view has real photos of one source only, the source would be learned."""
    return VIEWS.index(entry.view) if entry.is_drawn and entry.view in VIEWS else UNKNOWN
