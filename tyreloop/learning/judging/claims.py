"""What a model of drawn tyres claims on its card: measured on fresh drawings, as the service would answer."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from tyreloop.learning.drawing.folder import write_folder
from tyreloop.learning.judging.answers import give_answers
from tyreloop.learning.judging.evaluation import Figures, evaluate
from tyreloop.learning.judging.labelled_folder import labelled_photos
from tyreloop.vision.bundle import load_bundle
from tyreloop.vision.card import Card, read_card, write_card

FRESH = "fresh_drawings"


def figures_on_fresh_drawings(bundle: Path, *, count: int, seed: int, size: int) -> Figures:
    """Draw, ask, count."""
    with TemporaryDirectory(prefix="tyreloop-fresh-") as scratch:
        write_folder(Path(scratch), count=count, seed=seed, size=size)
        return evaluate(give_answers(labelled_photos(Path(scratch)), load_bundle(bundle, version=0)))


def claim(bundle: Path, *, count: int, seed: int, size: int) -> Card:
    """Write the figures into the bundle's card, with how they came about."""
    figures = figures_on_fresh_drawings(bundle, count=count, seed=seed, size=size)
    figures.pop("milliseconds_median", None)  # says more about this machine than about the model
    card = read_card(bundle)
    fresh = {"count": count, "seed": seed, "size": size, **figures}
    claimed = card.model_copy(update={"metrics": {**card.metrics, FRESH: fresh}})
    write_card(claimed, bundle)
    return claimed
