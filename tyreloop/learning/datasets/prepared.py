"""Photos as the network takes them, prepared once by the service's own preprocessing."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tyreloop.domain.errors import TyreloopError
from tyreloop.learning.datasets.lesson_book import LABELS, UNLABELLED, Entry
from tyreloop.vision.card import InputSpec
from tyreloop.vision.prepare import decode_for, prepare_picture

MASK_SIDE = 56
NO_MASK = 255
CHUNK = 64

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Pictures N x H x W x 3, labels as places in LABELS, masks N x 56 x 56 (255 all over: unknown)."""

    pictures: Bytes
    labels: NDArray[np.int64]
    masks: Bytes
    entries: tuple[Entry, ...]

    def __len__(self) -> int:
        return len(self.labels)


def together(parts: Sequence[Prepared]) -> Prepared:
    """The photos of several datasets as one."""
    if len(parts) == 1:
        return parts[0]
    return Prepared(
        np.concatenate([part.pictures for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.masks for part in parts]),
        tuple(entry for part in parts for entry in part.entries),
    )


def prepare_entries(
    folder: Path,
    entries: Sequence[Entry],
    spec: InputSpec,
    *,
    tell: Callable[[int], None] | None = None,
) -> Prepared:
    """Decode and prepare every photo, on all cores where there are many."""
    chunks = [entries[start : start + CHUNK] for start in range(0, len(entries), CHUNK)]
    pictures = np.empty((len(entries), spec.height, spec.width, 3), np.uint8)
    masks = np.full((len(entries), MASK_SIDE, MASK_SIDE), NO_MASK, np.uint8)
    work = partial(_prepare_chunk, folder, spec)
    done = 0
    for part, part_masks in _worked(work, chunks):
        pictures[done : done + len(part)] = part
        masks[done : done + len(part)] = part_masks
        done += len(part)
        if tell is not None:
            tell(len(part))
    names = (*LABELS, UNLABELLED)
    labels = np.array([names.index(entry.label) for entry in entries], np.int64)
    return Prepared(pictures, labels, masks, tuple(entries))


def _worked(
    work: Callable[[Sequence[Entry]], tuple[Bytes, Bytes]], chunks: list[Sequence[Entry]]
) -> list[tuple[Bytes, Bytes]]:
    if len(chunks) < 8:
        return list(map(work, chunks))
    with ProcessPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
        return list(pool.map(work, chunks))


def _prepare_chunk(folder: Path, spec: InputSpec, entries: Sequence[Entry]) -> tuple[Bytes, Bytes]:
    pictures = np.empty((len(entries), spec.height, spec.width, 3), np.uint8)
    masks = np.full((len(entries), MASK_SIDE, MASK_SIDE), NO_MASK, np.uint8)
    for index, entry in enumerate(entries):
        pictures[index] = _picture(folder / entry.file, spec)
        masks[index] = _mask(folder, entry)
    return pictures, masks


def _picture(path: Path, spec: InputSpec) -> Bytes:
    try:
        return prepare_picture(decode_for(path.read_bytes(), spec), spec)
    except TyreloopError as error:
        raise type(error)(f"{path.name}: {error}") from error


def _mask(folder: Path, entry: Entry) -> Bytes:
    """A good tyre has an empty mask; nothing is known about what is no tyre."""
    if entry.mask:
        mask = Image.open(folder / entry.mask).resize((MASK_SIDE, MASK_SIDE), Image.Resampling.BOX)
        return (np.asarray(mask) > 60).astype(np.uint8)
    if entry.boxes:
        boxed = np.zeros((MASK_SIDE, MASK_SIDE), np.uint8)
        for box in entry.rectangles:
            left, top, right, bottom = (round(min(1.0, max(0.0, share)) * MASK_SIDE) for share in box)
            boxed[top : bottom + 1, left : right + 1] = 1
        return boxed
    return np.full((MASK_SIDE, MASK_SIDE), 0 if entry.label == "good" else NO_MASK, np.uint8)
