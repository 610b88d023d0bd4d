"""Drawn photos written as a folder: one sub-folder for each kind, the defects' masks, one manifest."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from tyreloop.learning.drawing.manifest import Row, write_manifest
from tyreloop.learning.drawing.photo import SHARES, DrawnPhoto, draw_photo, kind_of

CHUNK = 16
JPEG_QUALITY = 92


def write_folder(
    target: Path,
    *,
    count: int,
    seed: int,
    size: int,
    processes: int = 1,
    tell: Callable[[int], None] | None = None,
) -> list[Row]:
    """Draw `count` photos into `target` and list them in its manifest."""
    for kind in (*SHARES, "masks"):
        (target / kind).mkdir(parents=True, exist_ok=True)
    draw = partial(_draw_and_save, target, seed, size)
    rows: list[Row] = []
    for chunk in _in_processes(draw, count, processes):
        rows.extend(chunk)
        if tell is not None:
            tell(len(chunk))
    write_manifest(target, rows)
    return rows


def _in_processes(draw: Callable[[range], list[Row]], count: int, processes: int) -> Iterator[list[Row]]:
    parts = [range(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK)]
    if processes <= 1:
        yield from map(draw, parts)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(draw, parts)


def _draw_and_save(target: Path, seed: int, size: int, indices: range) -> list[Row]:
    cv2.setNumThreads(1)  # pictures are drawn side by side in processes instead
    return [_save(target, seed, draw_photo(seed, index, size, kind_of(index))) for index in indices]


def _save(target: Path, seed: int, photo: DrawnPhoto) -> Row:
    name = f"{photo.kind}/{photo.index:06d}.jpg"
    bgr = cv2.cvtColor(photo.pixels, cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(target / name), bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    mask = ""
    if photo.mask is not None:
        mask = f"masks/{photo.index:06d}.png"
        cv2.imwrite(str(target / mask), np.asarray(photo.mask * 255, np.uint8))
    return {
        "file": name,
        "kind": photo.kind,
        "view": photo.view,
        "defect": photo.defect,
        "severity": f"{photo.severity:.3f}",
        "mask": mask,
        "seed": str(seed),
        "index": str(photo.index),
        "size": str(photo.pixels.shape[0]),
    }
