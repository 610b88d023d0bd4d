"""What a network is told it did wrong."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as nnf

from tyreloop.learning.networks.tyre_network import Outputs, map_loss
from tyreloop.learning.recipe import Fitting
from tyreloop.learning.training.lessons import DEFECTIVE, NOT_A_TYRE, UNKNOWN, Batch

SMOOTHING = 0.02
"""A label is believed to 98 %: photos are mislabelled now and then."""

RARE_KIND = 3.0
"""How much more a kind that is there counts than one that is not."""

OWN_VIEW = 0.7
"""How much the line of a photo's own view counts beside the answer of all."""


class Loss(NamedTuple):
    """The whole loss, and its parts for the curves."""

    total: Tensor
    answer: float
    place: float
    stranger: float


class Mix(NamedTuple):
    """A batch laid over itself: this share of each photo, the rest of another."""

    share: float
    others: Tensor


def loss_of(outputs: Outputs, batch: Batch, masks: Tensor, fitting: Fitting, mix: Mix | None = None) -> Loss:
    """Answer, kinds, view, place and "is it a tyre" together."""
    device = outputs.logits.device
    labels, kinds, views = (part.to(device) for part in (batch.labels, batch.kinds, batch.views))
    answer, stranger = _losses(outputs, labels, kinds, views, fitting)
    if mix is not None:
        others = mix.others
        theirs = _losses(outputs, labels[others], kinds[others], views[others], fitting)
        answer = mix.share * answer + (1 - mix.share) * theirs[0]
        stranger = mix.share * stranger + (1 - mix.share) * theirs[1]
    known = batch.known.to(device) if mix is None else torch.zeros_like(batch.known)
    place = map_loss(outputs.map.float(), masks.to(device), known)
    total = answer + fitting.map_weight * place + fitting.tyre_weight * stranger
    return Loss(total, *(float(part.detach()) for part in (answer, place, stranger)))


def _losses(
    outputs: Outputs, labels: Tensor, kinds: Tensor, views: Tensor, fitting: Fitting
) -> tuple[Tensor, Tensor]:
    judged = (labels < NOT_A_TYRE).float()
    wanted = (labels == DEFECTIVE).float() * (1 - 2 * SMOOTHING) + SMOOTHING
    score = outputs.logits[:, 1] - outputs.logits[:, 0]
    answer = _wrong(score, wanted) * judged
    seen = views.clamp(min=0)
    has_view = (views != UNKNOWN).float()
    own = outputs.by_view.gather(1, seen[:, None])[:, 0]
    answer = answer + OWN_VIEW * _wrong(own, wanted) * judged * has_view
    told = (kinds != UNKNOWN).float()
    there = kinds.clamp(min=0)
    by_kind = _wrong(outputs.kinds, there * (1 - 2 * SMOOTHING) + SMOOTHING) * told
    answer = answer + fitting.kinds_weight * (by_kind * (1 + (RARE_KIND - 1) * there)).mean(dim=1)
    by_view = nnf.cross_entropy(outputs.view.float(), seen, reduction="none", label_smoothing=0.05)
    answer = answer + fitting.view_weight * by_view * has_view
    stranger = _wrong(outputs.strangeness, (labels == NOT_A_TYRE).float() * 0.98 + 0.01)
    return answer.mean(), stranger.mean()


def _wrong(said: Tensor, wanted: Tensor) -> Tensor:
    return nnf.binary_cross_entropy_with_logits(said.float(), wanted, reduction="none")


def as_numbers(loss: Loss) -> dict[str, float]:
    """The loss for a log."""
    return {
        "loss": float(loss.total.detach()),
        "loss_answer": loss.answer,
        "loss_place": loss.place,
        "loss_stranger": loss.stranger,
    }


def average_over(rows: list[dict[str, float]]) -> dict[str, float]:
    """The mean of each figure over an epoch's batches."""
    return {name: float(torch.tensor([row[name] for row in rows]).mean()) for name in rows[0]}
