"""The lines of views that drawings alone show, solved on the finished features.

What a training's steps make of such a line, and of the map above all, fits the look of drawings and does
not carry to photos. A line with a strong penalty, on features that photos have shaped, carries further.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as nnf

from tyreloop.learning.datasets.lesson_book import VIEWS
from tyreloop.learning.datasets.prepared import Prepared
from tyreloop.learning.networks.tyre_network import TyreNetwork
from tyreloop.learning.recipe import Augmentation
from tyreloop.learning.training.augmentation import Augmenter
from tyreloop.learning.training.lessons import DEFECTIVE, NOT_A_TYRE
from tyreloop.learning.training.mixture import LEAST_AREA, Pick, window
from tyreloop.learning.training.run_through import run_through

COPIES = 2
"""Of each drawing, changed as in the training."""

AT_ONCE = 64
PENALTY = 1000.0
"""On the square of the weights, where the losses of all copies are summed up."""


def solve_drawn_lines(
    network: TyreNetwork, lessons: Prepared, recipe: Augmentation, side: int, seed: int
) -> list[str]:
    """One line for all views without good and damaged photos; answers which views those are."""
    names = [name for name in VIEWS if not _has_photos(lessons, name)]
    entries = lessons.entries
    drawn = [n for n, one in enumerate(entries) if one.is_drawn and one.view in names]
    chosen = [place for place in drawn if lessons.labels[place] < NOT_A_TYRE]
    wanted = np.tile(lessons.labels[chosen] == DEFECTIVE, COPIES)
    if not names or not 0 < wanted.sum() < len(wanted):
        return []
    dice = np.random.default_rng(seed)
    weight, bias = _solved(_embeddings(network, Augmenter(lessons, recipe), chosen, side, dice), wanted)
    with torch.no_grad():
        for name in names:
            view = VIEWS.index(name)
            network.condition.weight[view], network.condition.bias[view] = weight, bias
            network.slope[view], network.offset[view] = 0.0, 0.0
    return names


def _has_photos(lessons: Prepared, view: str) -> bool:
    labels = {entry.label for entry in lessons.entries if entry.view == view and not entry.is_drawn}
    return {"good", "defective"} <= labels


def _embeddings(
    network: TyreNetwork, augmenter: Augmenter, places: list[int], side: int, dice: np.random.Generator
) -> Tensor:
    found = []
    for _ in range(COPIES):
        for start in range(0, len(places), AT_ONCE):
            some = places[start : start + AT_ONCE]
            picks = [Pick(place, window(dice, LEAST_AREA["drawn_good"])) for place in some]
            found.append(run_through(network, augmenter.batch(picks, side, dice).pictures).embedding)
    return torch.from_numpy(np.concatenate(found))


def _solved(embeddings: Tensor, wanted: np.ndarray) -> tuple[Tensor, Tensor]:
    """Logistic regression with a penalty, on features of the same spread."""
    middle, spread = embeddings.mean(dim=0), embeddings.std(dim=0).clamp(min=1e-4)
    values, labels = (embeddings - middle) / spread, torch.from_numpy(wanted).float()
    line = torch.zeros(values.shape[1] + 1, requires_grad=True)
    solver = torch.optim.LBFGS([line], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        solver.zero_grad()
        wrong = nnf.binary_cross_entropy_with_logits(values @ line[1:] + line[0], labels)
        total = wrong + PENALTY / len(labels) / 2 * line[1:].square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    solver.step(loss)  # type: ignore[no-untyped-call]
    weight = line.detach()[1:] / spread
    return weight, line.detach()[0] - weight @ middle
