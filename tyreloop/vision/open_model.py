"""A version from its folder, whatever it is: a bundle, or a plain PyTorch model as data scientists log it."""

from __future__ import annotations

from pathlib import Path

from tyreloop.domain.errors import BundleRefused
from tyreloop.domain.photos import ModelRef
from tyreloop.vision.bundle import LoadedModel, load_bundle, open_verified, require_sound_model
from tyreloop.vision.card import CARD_FILE
from tyreloop.vision.plain_model import is_plain_model, open_plain_engine, read_plain_card


def open_model(
    folder: Path, version: int, *, checked_before: bool = False, allow_pickled: bool = False
) -> LoadedModel:
    """The model in a folder once everything about it holds; golden photos are asked once."""
    if (folder / CARD_FILE).is_file() or not is_plain_model(folder):
        return open_verified(folder, version) if checked_before else load_bundle(folder, version)
    card = read_plain_card(folder)
    try:
        engine = open_plain_engine(folder, card, allow_pickled=allow_pickled)
    except BundleRefused:
        raise
    except Exception as error:  # torch raises many unrelated types for a file that is none of its own
        raise BundleRefused(f"the PyTorch model cannot be opened: {str(error)[:200]}") from error
    require_sound_model(engine, card)
    return LoadedModel(ModelRef(card.model, version, demo=card.demo), card, engine)
