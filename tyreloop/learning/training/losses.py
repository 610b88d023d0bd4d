"""What a network is told it did wrong."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as nnf

from tyreloop.learning.networks.tyre_network import Outputs, map_loss
from tyreloop.learning.recipe import Fitting
from tyreloop.learning.training.lessons import DEFECTIVE, NOT_A_TYRE

SMOOTHING = 0.02
"""A label is believed to 98 %: photos are mislabelled now and then."""


class Loss(NamedTuple):
    """The whole loss, and its parts for the curves."""

    total: Tensor
    answer: float
    place: float
    stranger: float


def loss_of(outputs: Outputs, labels: Tensor, masks: Tensor, known: Tensor, fitting: Fitting) -> Loss:
    """Answer, place and "is it a tyre" together."""
    tyres = labels != NOT_A_TYRE
    answer = outputs.logits.sum() * 0
    if bool(tyres.any()):
        wanted = (labels[tyres] == DEFECTIVE).long()
        answer = nnf.cross_entropy(outputs.logits[tyres].float(), wanted, label_smoothing=SMOOTHING)
    place = map_loss(outputs.map.float(), masks, known)
    stranger = nnf.binary_cross_entropy_with_logits(outputs.strangeness.float(), (~tyres).float())
    total = answer + fitting.map_weight * place + fitting.tyre_weight * stranger
    return Loss(total, *(float(part.detach()) for part in (answer, place, stranger)))


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
