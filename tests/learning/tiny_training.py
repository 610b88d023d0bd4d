"""The smallest training that goes through every step of the real one."""

from __future__ import annotations

from pathlib import Path

from tyreloop.learning.datasets.lesson_book import read_book
from tyreloop.learning.made_model import MadeModel
from tyreloop.learning.make_model import make_model
from tyreloop.learning.recipe import Fitting, Input, Network, Recipe

TINY = Recipe(
    name="tiny",
    network=Network(name="small_cnn", dropout=0.0),
    input=Input(side=48),
    fitting=Fitting(epochs=2, batch=8, rate=3e-3, seed=1),
)


def train_tiny(data: Path, out: Path, recipe: Recipe = TINY, start: Path | None = None) -> MadeModel:
    """Train on a folder and leave the bundle in `out/bundle`."""
    return make_model(
        read_book(data),
        recipe,
        out / "bundle",
        start=start,
        work=out / "work",
        made_with="a test",
        tell=lambda line: None,
        watch=lambda epoch, share, figures: None,
    )
