"""A trained network as a bundle: graph, card, golden photos, every file with its hash."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from PIL import Image

from tyreloop.learning.export import OUTPUTS
from tyreloop.vision.bundle import load_bundle
from tyreloop.vision.card import MODEL_FILE, Card, GoldenPhoto, InputSpec, write_card
from tyreloop.vision.decode import decode

GOLDEN_SIDE = 320
GOLDEN_QUALITY = 88


@dataclass(frozen=True, slots=True)
class Golden:
    """A photo that any good copy of this model must judge right."""

    name: str
    label: str
    data: bytes


def write_bundle(
    graph: Path, spec: InputSpec, golden: Sequence[Golden], said: dict[str, Any], folder: Path
) -> Card:
    """Write a bundle and open it as the service would; `said` is what else the card says."""
    (folder / "golden").mkdir(parents=True, exist_ok=True)
    for old in (folder / "golden").iterdir():
        old.unlink()
    shutil.copyfile(graph, folder / MODEL_FILE)
    photos = [_write_golden(photo, folder) for photo in golden]
    files = {name: _hash(folder / name) for name in (MODEL_FILE, *(photo.file for photo in photos))}
    card = Card(input=spec, outputs=OUTPUTS, files=files, golden=tuple(photos), **said)
    write_card(card, folder)
    load_bundle(folder, version=0)
    return card


def _write_golden(photo: Golden, folder: Path) -> GoldenPhoto:
    file = f"golden/{photo.name}.jpg"
    (folder / file).write_bytes(photo.data)
    return GoldenPhoto(file=file, label=photo.label)


def small_jpeg(data: bytes) -> bytes:
    """A photo small enough to travel in a bundle."""
    picture = Image.fromarray(decode(data, at_least=GOLDEN_SIDE))
    picture.thumbnail((GOLDEN_SIDE, GOLDEN_SIDE))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=GOLDEN_QUALITY)
    return buffer.getvalue()


def _hash(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
