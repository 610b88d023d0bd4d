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
from tyreloop.learning.networks.lite0 import FoldedConv, Lite0
from tyreloop.learning.networks.tyre_network import TyreNetwork
from tyreloop.learning.recipe import Fitting, Recipe
from tyreloop.learning.training.augmentation import Augmenter
from tyreloop.learning.training.devices import Device
from tyreloop.learning.training.lessons import DEFECTIVE, NOT_A_TYRE
from tyreloop.learning.training.losses import Mix, as_numbers, average_over, loss_of
from tyreloop.learning.training.mixture import Mixer, Pick, plain_batches
from tyreloop.learning.training.run_through import as_pictures, run_through
from tyreloop.learning.training.shards import Shards

CHECKPOINT = "checkpoint.pt"

Figures = dict[str, float]
Weights = dict[str, Tensor]
Share = tuple[list[Pick], np.random.Generator]
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

    def __init__(
        self,
        network: TyreNetwork,
        recipe: Recipe,
        folder: Path,
        *,
        shards: int = 1,
        device: Device = Device.CPU,
    ) -> None:
        self.recipe = recipe
        self.folder = folder
        self.device = device
        self.network = network.to(device.value, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self.judged = copy.deepcopy(self.average)
        self.first_weights: Weights = copy.deepcopy(self.average.state_dict())
        self.best_weights: Weights = self.first_weights
        self.optimiser = torch.optim.AdamW(_groups(network, recipe.fitting), betas=(0.9, 0.99))
        self.progress = Progress()
        self._head_only: bool | None = None
        self.shards = Shards(self.network, shards if device is Device.CPU else 1)

    def fit(self, lessons: Prepared, held_out: Prepared, watch: Watch) -> TyreNetwork:
        """Train from where the last checkpoint stands until the recipe or patience ends."""
        self.resume()
        fitting = self.recipe.fitting
        self._augmenter = Augmenter(lessons, self.recipe.augmentation)
        self._mixer = Mixer(lessons) if self.recipe.mixture else None
        while self.progress.epoch < fitting.epochs and not self._out_of_patience():
            figures = self._epoch(lessons, watch)
            figures |= self._look(held_out)
            self._keep_best(figures)
            self.progress.curves.append(figures)
            self.progress.epoch += 1
            self.save()
            watch(self.progress.epoch, 1.0, figures)
        self.judged.load_state_dict(self.best_weights)
        result: TyreNetwork = self.judged.to("cpu")
        return result

    def _epoch(self, lessons: Prepared, watch: Watch) -> Figures:
        epoch, fitting = self.progress.epoch, self.recipe.fitting
        seed = fitting.seed * 10_007 + epoch
        torch.manual_seed(seed)
        side = side_at(epoch / fitting.epochs, self.recipe)
        rows: list[Figures] = []
        dice = np.random.default_rng(seed)
        if self._mixer and self.recipe.mixture:
            picks = self._mixer.batches(self.recipe.mixture, fitting.batch, dice)
            steps = self.recipe.mixture.photos // fitting.batch
        else:
            picks = plain_batches(lessons, self.recipe.augmentation.zoom, fitting.batch, dice)
            steps = math.ceil(len(lessons) / fitting.batch)
        for number, batch in enumerate(picks):
            rate = self._set_rates(epoch + number / steps)
            rows.append(self._step(batch, side, seed * 100_003 + number))
            watch(epoch, number / steps, None)
        return {**average_over(rows), "rate": rate, "side": float(side)}

    def _step(self, batch: list[Pick], side: int, seed: int) -> Figures:
        np.random.default_rng(seed).shuffle(batch)
        count = max(1, min(len(self.shards), len(batch) // 2))  # normalisation needs more than one photo
        parts = [batch[part::count] for part in range(count)]
        shares = [(part, np.random.default_rng([seed, number])) for number, part in enumerate(parts)]
        losses = self.shards.learn(shares, partial(self._learn_part, side))
        nn.utils.clip_grad_norm_(self.network.parameters(), 3.0)
        self.optimiser.step()
        self._average_weights()
        return average_over(losses)

    def _learn_part(self, side: int, network: TyreNetwork, share: Share) -> Figures:
        picks, dice = share
        batch = self._augmenter.batch(picks, side, dice)
        pictures, mix = as_pictures(batch.pictures).to(self.device.value), None
        if self.recipe.fitting.mix and dice.random() < self.recipe.fitting.mix and not self._head_only:
            mix = Mix(float(dice.beta(0.4, 0.4)), torch.from_numpy(dice.permutation(len(picks))))
            pictures = pictures * mix.share + pictures[mix.others] * (1 - mix.share)
        with self.device.half_precision():
            outputs = network(pictures)
        masks = torch.from_numpy(batch.masks).float()
        loss = loss_of(outputs, batch, masks, self.recipe.fitting, mix)
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

    def _set_rates(self, epoch: float) -> float:
        """The head begins alone; then all rise for a while, and fall along a cosine."""
        fitting = self.recipe.fitting
        done = epoch / fitting.epochs
        head_only = done < fitting.frozen_share
        if self._head_only and not head_only:
            self.first_weights = copy.deepcopy(self.average.state_dict())
        begun = max(0.0, (done - fitting.frozen_share) / (1 - fitting.frozen_share))
        if begun < fitting.warm_up_share:
            share = 0.05 + 0.95 * begun / fitting.warm_up_share
        else:
            rest = (begun - fitting.warm_up_share) / (1 - fitting.warm_up_share)
            share = max(0.01, 0.5 + 0.5 * math.cos(math.pi * rest))
        for group in self.optimiser.param_groups:
            is_head = group["name"] == "head"
            group["lr"] = group["most"] * (1.0 if is_head and head_only else share)
        if head_only != self._head_only:
            self._head_only = head_only
            for one in self.shards.copies:
                hold_still(one, fitting, head_only=head_only)
        return fitting.rate * share

    def _look(self, held_out: Prepared) -> Figures:
        """How well the averaged weights do on lessons held out."""
        self.judged.load_state_dict(self.between())
        seen = run_through(self.judged, held_out.pictures, device=self.device.value)
        tyres, judged = held_out.labels != NOT_A_TYRE, held_out.labels < NOT_A_TYRE
        defective = held_out.labels[judged] == DEFECTIVE
        score = seen.score[judged]
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
            self.best_weights = self.between()

    def between(self) -> Weights:
        """The averaged weights, and as much of those from the end of the start as the recipe keeps."""
        share = 0.0 if self._head_only else self.recipe.fitting.first_weights
        return {
            name: now.lerp(self.first_weights[name], share) if now.dtype.is_floating_point else now.clone()
            for name, now in self.average.state_dict().items()
        }

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
                "first": self.average.state_dict() if self._head_only else self.first_weights,
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
        state: dict[str, Any] = torch.load(path, weights_only=True, map_location=self.device.value)
        if state["recipe"] != self.recipe.model_dump_json():
            return False
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.first_weights, self.best_weights = state["first"], state["best"]
        self.optimiser.load_state_dict(state["optimiser"])
        self.progress = Progress(**state["progress"])
        return True


def side_at(done: float, recipe: Recipe) -> int:
    """The pictures' side after a share of all epochs."""
    for until, side in recipe.fitting.early_sides:
        if done < until:
            return side
    return recipe.input.side


def hold_still(network: TyreNetwork, fitting: Fitting, *, head_only: bool) -> None:
    """Stages that do not learn need no way back through them."""
    if not isinstance(network.features, Lite0):
        network.features.requires_grad_(not head_only)
        return
    depths = network.features.depths()
    for number, part in enumerate(depths):
        learns = not head_only and number >= fitting.frozen_stages
        for convolution in part.modules():
            if isinstance(convolution, FoldedConv):
                convolution.learn(learns)


def _groups(network: TyreNetwork, fitting: Fitting) -> list[dict[str, Any]]:
    """Weights decay; biases and normalisation do not. Deep stages learn faster than early ones."""
    features = network.features
    stages = features.depths() if isinstance(features, Lite0) else [features]
    inside = {id(weight) for weight in features.parameters()}
    head = [weight for weight in network.parameters() if id(weight) not in inside]
    head_rate = fitting.head_rate or fitting.rate
    groups = [{"name": "head", "params": head, "most": head_rate, "weight_decay": fitting.weight_decay}]
    for number, stage in enumerate(reversed(stages)):
        rate = fitting.rate * fitting.depth_decay**number
        weights = list(stage.parameters())
        decaying = [weight for weight in weights if weight.ndim > 1]
        others = [weight for weight in weights if weight.ndim <= 1]
        groups.append(
            {"name": "deep", "params": decaying, "most": rate, "weight_decay": fitting.weight_decay}
        )
        groups.append({"name": "deep", "params": others, "most": rate * OTHERS, "weight_decay": 0.0})
    return [{**group, "lr": group["most"]} for group in groups]


OTHERS = 0.3
"""Gains and shifts learn slower than filters: each moves a whole channel."""
