"""The training loop: early stopping, a running average of the weights, and a checkpoint after each epoch."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tyreloop.learning.datasets.prepared import Prepared
from tyreloop.learning.judging.scores import area_under_curve
from tyreloop.learning.networks.tyre_network import TyreNetwork
from tyreloop.learning.recipe import Fitting, Recipe
from tyreloop.learning.training.augmentation import augmented
from tyreloop.learning.training.lessons import DEFECTIVE, NOT_A_TYRE, Batch, batches, split
from tyreloop.learning.training.losses import as_numbers, average_over, loss_of
from tyreloop.learning.training.run_through import as_pictures, run_through
from tyreloop.learning.training.shards import Shards

CHECKPOINT = "checkpoint.pt"

Figures = dict[str, float]
Share = tuple[Batch, np.random.Generator]
"""A part of a batch and the dice that change its pictures."""

Watch = Callable[[int, float, Figures | None], None]
"""Called with the epoch, the share of it that is done, and at its end the figures."""


@dataclass(slots=True)
class Progress:
    """Where a training stands; all of it goes into the checkpoint."""

    epoch: int = 0
    step: int = 0
    best: float = -1.0
    best_epoch: int = -1
    curves: list[Figures] = field(default_factory=list)


class Trainer:
    """Fits one network to one dataset."""

    def __init__(self, network: TyreNetwork, recipe: Recipe, folder: Path, *, shards: int = 1) -> None:
        self.recipe = recipe
        self.folder = folder
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self.best_weights: dict[str, Tensor] = copy.deepcopy(self.average.state_dict())
        self.optimiser = torch.optim.AdamW(_groups(network, recipe.fitting), lr=recipe.fitting.rate)
        self.progress = Progress()
        self.shards = Shards(self.network, shards)
        self.half = torch.ops.mkldnn._is_mkldnn_bf16_supported()

    def fit(self, lessons: Prepared, held_out: Prepared, watch: Watch) -> TyreNetwork:
        """Train from where the last checkpoint stands until the recipe or patience ends."""
        self.resume()
        fitting = self.recipe.fitting
        while self.progress.epoch < fitting.epochs and not self._out_of_patience():
            figures = self._epoch(lessons, watch)
            figures |= self._look(held_out)
            self._keep_best(figures)
            self.progress.curves.append(figures)
            self.progress.epoch += 1
            self.save()
            watch(self.progress.epoch, 1.0, figures)
        self.average.load_state_dict(self.best_weights)
        kept: TyreNetwork = self.average
        return kept

    def _epoch(self, lessons: Prepared, watch: Watch) -> Figures:
        epoch, fitting = self.progress.epoch, self.recipe.fitting
        seed = fitting.seed * 10_007 + epoch
        torch.manual_seed(seed)
        side = side_at(epoch / fitting.epochs, self.recipe)
        rows: list[Figures] = []
        steps = math.ceil(len(lessons) / fitting.batch)
        for number, batch in enumerate(batches(lessons, fitting.batch, np.random.default_rng(seed))):
            rate = self._set_rate(epoch + number / steps)
            rows.append(self._step(batch, side, seed * 100_003 + number))
            watch(epoch, number / steps, None)
        return {**average_over(rows), "rate": rate, "side": float(side)}

    def _step(self, batch: Batch, side: int, seed: int) -> Figures:
        parts = enumerate(split(batch, len(self.shards)))
        shares = [(part, np.random.default_rng([seed, number])) for number, part in parts]
        losses = self.shards.learn(shares, partial(self._learn_part, side))
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimiser.step()
        self._average_weights()
        return average_over(losses)

    def _learn_part(self, side: int, network: TyreNetwork, share: Share) -> Figures:
        batch, dice = share
        changed, moved = augmented(batch.pictures, batch.masks, side, self.recipe.augmentation, dice)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.half):
            outputs = network(as_pictures(changed))
        masks = torch.from_numpy(moved).float()
        loss = loss_of(outputs, batch.labels, masks, batch.known, self.recipe.fitting)
        loss.total.backward()  # type: ignore[no-untyped-call]
        return as_numbers(loss)

    def _average_weights(self) -> None:
        """Young averages follow faster, or the first epochs would be judged by their random start."""
        self.progress.step += 1
        decay = min(self.recipe.fitting.average, self.progress.step / (self.progress.step + 20))
        current = self.network.state_dict()
        for name, kept in self.average.state_dict().items():
            if kept.dtype.is_floating_point:
                kept.lerp_(current[name], 1 - decay)
            else:
                kept.copy_(current[name])

    def _set_rate(self, epoch: float) -> float:
        fitting = self.recipe.fitting
        done = epoch / fitting.epochs
        if done < fitting.warm_up_share:
            share = 0.05 + 0.95 * done / fitting.warm_up_share
        else:
            share = 0.5 + 0.5 * math.cos(
                math.pi * (done - fitting.warm_up_share) / (1 - fitting.warm_up_share)
            )
        for group in self.optimiser.param_groups:
            group["lr"] = fitting.rate * max(share, 0.01)
        return fitting.rate * share

    def _look(self, held_out: Prepared) -> Figures:
        """How well the averaged weights do on lessons held out."""
        seen = run_through(self.average, held_out.pictures)
        tyres = held_out.labels != NOT_A_TYRE
        defective = held_out.labels[tyres] == DEFECTIVE
        score = seen.score[tyres]
        figures = {
            "held_out_accuracy": float(((score > 0) == defective).mean()),
            "held_out_auc": area_under_curve(score, defective),
        }
        if (~tyres).any():
            figures["held_out_tyre_auc"] = area_under_curve(seen.strangeness, ~tyres)
        return figures

    def _keep_best(self, figures: Figures) -> None:
        quality = figures["held_out_auc"] + figures["held_out_accuracy"]
        if quality >= self.progress.best:
            self.progress.best, self.progress.best_epoch = quality, self.progress.epoch
            self.best_weights = copy.deepcopy(self.average.state_dict())

    def _out_of_patience(self) -> bool:
        return self.progress.epoch - self.progress.best_epoch > self.recipe.fitting.patience

    def save(self) -> None:
        """Written beside and moved over: a kill in between leaves the former checkpoint whole."""
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.folder / f"{CHECKPOINT}.new"
        torch.save(
            {
                "network": self.network.state_dict(),
                "average": self.average.state_dict(),
                "best": self.best_weights,
                "optimiser": self.optimiser.state_dict(),
                "progress": {name: getattr(self.progress, name) for name in Progress.__slots__},
                "recipe": self.recipe.model_dump_json(),
            },
            fresh,
        )
        fresh.replace(self.folder / CHECKPOINT)

    def resume(self) -> bool:
        """Take up a killed training of the same recipe."""
        path = self.folder / CHECKPOINT
        if not path.is_file():
            return False
        state: dict[str, Any] = torch.load(path, weights_only=True)
        if state["recipe"] != self.recipe.model_dump_json():
            return False
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.best_weights = state["best"]
        self.optimiser.load_state_dict(state["optimiser"])
        self.progress = Progress(**state["progress"])
        return True


def side_at(done: float, recipe: Recipe) -> int:
    """The pictures' side after a share of all epochs."""
    for until, side in recipe.fitting.early_sides:
        if done < until:
            return side
    return recipe.input.side


def _groups(network: nn.Module, fitting: Fitting) -> list[dict[str, Any]]:
    """Weights decay; biases and normalisation do not."""
    decaying = [weight for weight in network.parameters() if weight.ndim > 1]
    others = [weight for weight in network.parameters() if weight.ndim <= 1]
    return [
        {"params": decaying, "weight_decay": fitting.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
