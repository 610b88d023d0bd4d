"""A model's bundle from its folder: every check that must pass before it may serve."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from tyreloop.domain.errors import BundleRefused, UnreadablePhoto
from tyreloop.domain.photos import Answer, ModelRef
from tyreloop.vision.answer import calibrated
from tyreloop.vision.card import MAX_BUNDLE_BYTES, MODEL_FILE, Card, GoldenPhoto, read_card
from tyreloop.vision.engine import Engine, OnnxEngine, RawAnswer
from tyreloop.vision.prepare import decode_for, prepare_picture

JUDGEABLE = {Answer.GOOD.value, Answer.DEFECTIVE.value}


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A version that may answer: swapped as one, and kept by a request until it is done."""

    ref: ModelRef
    card: Card
    engine: Engine


def load_bundle(folder: Path, version: int) -> LoadedModel:
    """The model in a folder, once everything about it holds; BundleRefused says what does not."""
    card = read_card(folder)
    _require_listed_files(folder, card)
    engine = OnnxEngine(folder / MODEL_FILE, card.input, card.outputs)
    require_sound_model(engine, card)
    _require_golden_answers(engine, card, folder)
    return LoadedModel(ModelRef(card.model, version, demo=card.demo), card, engine)


def open_verified(folder: Path, version: int) -> LoadedModel:
    """The model that serves, whose every check has passed before; the files' hashes are looked at again."""
    card = read_card(folder)
    _require_listed_files(folder, card)
    engine = OnnxEngine(folder / MODEL_FILE, card.input, card.outputs, serves=True)
    require_sound_model(engine, card)
    return LoadedModel(ModelRef(card.model, version, demo=card.demo), card, engine)


def require_sound_model(engine: Engine, card: Card) -> None:
    """Our two classes, and answers that can be answers."""
    _require_known_classes(card)
    _require_sound_answers(engine, card)


def _require_known_classes(card: Card) -> None:
    if len(card.classes) != len(JUDGEABLE) or set(card.classes) != JUDGEABLE:
        raise BundleRefused(f"the classes are {list(card.classes)}, not good and defective")


def _require_listed_files(folder: Path, card: Card) -> None:
    needed = {MODEL_FILE, *(photo.file for photo in card.golden)}
    if needed - card.files.keys():
        raise BundleRefused(f"the card gives no hash for {sorted(needed - card.files.keys())}")
    room = MAX_BUNDLE_BYTES
    for name, expected in card.files.items():
        room -= _require_file(folder, name, expected, room)


def _require_file(folder: Path, name: str, expected: str, room: int) -> int:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()) or path.is_symlink():
        raise BundleRefused(f"{name} lies outside the bundle")
    if not path.is_file():
        raise BundleRefused(f"{name} is missing")
    size = path.stat().st_size
    if size > room:
        raise BundleRefused(f"the bundle is larger than {MAX_BUNDLE_BYTES // 1_000_000} MB")
    if sha256(path.read_bytes()).hexdigest() != expected:
        raise BundleRefused(f"{name} is not the file that the card describes")
    return size


def _require_sound_answers(engine: Engine, card: Card) -> None:
    """Two unlike inputs: answers of the right shape, finite, and not the same for both."""
    shape = (1, card.input.height, card.input.width, 3)
    dark = _run(engine, np.full(shape, 40, np.uint8))
    noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    lively = _run(engine, noise)
    for raw in (dark, lively):
        _require_shapes(raw, card)
    if np.allclose(dark.logits, lively.logits, rtol=1e-5, atol=1e-6):  # but for rounding
        raise BundleRefused("the model answers the same whatever it sees")


def _run(engine: Engine, batch: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> RawAnswer:
    try:
        return engine.run(batch)
    except Exception as error:  # onnxruntime raises many unrelated types
        raise BundleRefused(f"the model does not run on its own input: {str(error)[:300]}") from error


def _require_shapes(raw: RawAnswer, card: Card) -> None:
    if raw.logits.shape != (1, len(card.classes)):
        raise BundleRefused(f"the logits have shape {raw.logits.shape}, not (1, {len(card.classes)})")
    if raw.map is not None and raw.map.ndim not in (3, 4):
        raise BundleRefused(f"the map has shape {raw.map.shape}")
    for part in (raw.logits, raw.map, raw.embedding, raw.kinds, raw.view, raw.familiarity):
        if part is not None and not np.isfinite(part).all():
            raise BundleRefused("the model answers with numbers that are not finite")


def _require_golden_answers(engine: Engine, card: Card, folder: Path) -> None:
    for photo in card.golden:
        got = _likeliest(engine, card, (folder / photo.file).read_bytes(), photo)
        if got != photo.label:
            raise BundleRefused(f"{photo.file} is {photo.label}, and the model says {got}")


def _likeliest(engine: Engine, card: Card, data: bytes, photo: GoldenPhoto) -> str:
    try:
        picture = decode_for(data, card.input)
    except UnreadablePhoto as error:
        raise BundleRefused(f"{photo.file} is not a photo") from error
    probabilities = calibrated(engine.run(prepare_picture(picture, card.input)[None]).logits[0], card)
    return max(probabilities, key=lambda name: probabilities[name])
